/** Guards against faults of the driver after connections are lost. */
import type { Client } from 'cassandra-driver';

/** Milliseconds until the next renewal after one that failed in an unexpected way. */
const RETRY_MS = 5000;

/** Parts of the driver that its types leave out. */
interface ControlConnection {
  /** Renews the connection. `hosts` is present if a renewal goes on with its next host. */
  _refresh(hosts?: object): Promise<void>;
}
interface Host<Connection> {
  readonly pool: { readonly connections: readonly Connection[] };
  /** Closes the connection if it has lost more requests than `defunctReadTimeoutThreshold`. */
  checkHealth(connection: Connection): void;
}

/**
 * Lets one renewal of the control connection run at a time, and handles its failure.
 *
 * The driver learns over this connection which nodes are up. It begins to renew it while a renewal
 * runs: when its connection closes meanwhile, and again after a delay. The second takes the
 * connection away from the first, which then fails with a TypeError that nobody handles, so that the
 * process ends (NODEJS-681, open in version 4.10).
 */
export function guardControlConnection(client: Client): void {
  const { controlConnection: control } = client as unknown as {
    readonly controlConnection: ControlConnection;
  };
  const refresh = control._refresh.bind(control);
  let running: Promise<void> | undefined;
  control._refresh = (hosts) => {
    if (hosts !== undefined) return refresh(hosts);
    running ??= refresh()
      // It does nothing once the client is closed.
      .catch(() => void setTimeout(() => void control._refresh(), RETRY_MS).unref())
      .finally(() => {
        running = undefined;
      });
    return running;
  };
}

/**
 * Closes connections that have lost requests, so that the driver opens others. It does so by itself
 * for statements, but not for what comes before them: the choice of the keyspace, preparation.
 */
export function leaveLostConnections(client: Client): void {
  for (const host of client.hosts.values()) leaveLost(host as unknown as Host<object>);
}

function leaveLost<Connection>(host: Host<Connection>): void {
  for (const connection of [...host.pool.connections]) host.checkHealth(connection);
}
