/**
 * Guards the driver's control connection, over which it learns which nodes are up.
 *
 * The driver begins to renew it while a renewal runs: when its connection closes meanwhile, and
 * again after a delay. The second takes the connection away from the first, which then fails with a
 * TypeError that nobody handles, so that the process ends (NODEJS-681, open in version 4.10).
 */
import type { Client } from 'cassandra-driver';

/** Milliseconds until the next renewal after one that failed in an unexpected way. */
const RETRY_MS = 5000;

/** The part of the driver that its types leave out. */
interface ControlConnection {
  /** Renews the connection. `hosts` is present if a renewal goes on with its next host. */
  _refresh(hosts?: object): Promise<void>;
}

/** Lets one renewal run at a time, and handles its failure. */
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
