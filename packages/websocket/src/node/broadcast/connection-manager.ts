/** The connections of one server: registry, groups, broadcasts, shutdown (`server.manager`). */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConnectionState } from '../../protocol/close-sequence.ts';
import type { AdmissionControl } from '../admission/admission-control.ts';
import type { Connection } from '../connection/connection.ts';
import type { ObservedEndpoint } from '../connection/endpoint-types.ts';
import type { BroadcastTotals, Instrumentation } from '../metrics/instrumentation.ts';
import { checkShutdownTimeout } from '../options/check-server-options.ts';
import type { Departure } from '../server/drain.ts';
import { RunOnce } from '../server/run-once.ts';
import {
  type BroadcastHost,
  type BroadcastOptions,
  type BroadcastResult,
  broadcast,
} from './broadcast.ts';
import { ConnectionGroups } from './connection-groups.ts';
import { RegistryAudit } from './registry-audit.ts';

export interface ManagerHost<M> extends Omit<BroadcastHost<M>, 'groups'> {
  readonly instrumentation: Instrumentation;
  readonly admissionControl: AdmissionControl;
  readonly departure: Departure;
  emit(name: 'broadcastComplete', result: BroadcastResult): void;
}

export interface ManagerStats {
  /** Connections that were ever open. */
  readonly opened: number;
  /** Connections of these that have ended. */
  readonly ended: number;
  /** Open and closing connections. */
  readonly active: number;
  /** Connections and handshakes by state. */
  readonly byState: Readonly<Record<ConnectionState, number>>;
  /** Bytes waiting for all peers together, and bytes held of unfinished messages. */
  readonly bufferedBytes: number;
  /** Groups that have members. */
  readonly groups: number;
  /** Slots of sockets that ended without a `close` event; each was reported as `error`. */
  readonly repaired: number;
  /** All broadcasts so far, and the results of their deliveries. */
  readonly broadcasts: Readonly<BroadcastTotals>;
}

/** Time that sockets cut by `shutdown` have to report that they are closed. */
const CLOSE_EVENT_MS_MAX = 1_000;

/** Close frames sent before the event loop gets a turn. */
const CLOSES_PER_TURN = 500;

export class ConnectionManager<M = unknown> {
  /** The open and closing connections by id. Changes during iteration are safe. */
  readonly connections: ReadonlyMap<string, Connection<M>>;
  /** Named groups of connections, for `broadcast`. */
  readonly groups: ConnectionGroups<M>;
  readonly #host: ManagerHost<M> & BroadcastHost<M>;
  readonly #audit = new RegistryAudit();
  readonly #shutdown = new RunOnce();
  /** Called when the last connection has ended, while `shutdown` waits for that. */
  #handleEmpty: (() => void) | undefined;

  /** @internal Created by a server. */
  constructor(host: ManagerHost<M>) {
    this.connections = host.registry.connections;
    this.groups = new ConnectionGroups(this.connections);
    this.#host = { ...host, groups: this.groups };
  }

  /** Connections and handshakes with a slot: the number that counts against `maxConnections`. */
  get size(): number {
    return this.#host.registry.size;
  }

  /** The open or closing connection with this id. */
  getConnection(id: string): Connection<M> | undefined {
    return this.connections.get(id);
  }

  /** The ids of the connections that are OPEN now. */
  getActiveConnectionIds(): string[] {
    return this.getAllConnections().flatMap(({ id, state }) => (state === 'OPEN' ? [id] : []));
  }

  /** The open and closing connections in the order of their handshakes. */
  getAllConnections(): Connection<M>[] {
    return [...this.#host.registry.list];
  }

  /** Whether an upgrade of normal priority would get a slot, apart from limits per address. */
  canAcceptConnection(): boolean {
    const { departure, admissionControl } = this.#host;
    return !departure.hasBegun && admissionControl.hasCapacity;
  }

  /**
   * Starts the close handshake of one connection. Returns whether a connection with this id exists.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT` for a code that a server may not send.
   */
  closeConnection(id: string, ...given: [code?: number, reason?: string]): boolean {
    const connection = this.getConnection(id);
    connection?.close(...given);
    return connection !== undefined;
  }

  /**
   * Sends one message to all open connections, or to those that the options select. It waits for no
   * connection; two broadcasts reach each recipient in the order of the calls.
   *
   * @throws {WebSocketError} `MESSAGE_TOO_BIG` above `maxMessageSize`; nothing was sent then.
   */
  broadcast(message: string | Uint8Array, options: BroadcastOptions<M> = {}): BroadcastResult {
    const { clock } = this.#host.options;
    const { broadcasts, broadcastTimes } = this.#host.instrumentation;
    const startMs = clock.now();
    const result = broadcast(this.#host, message, options);
    broadcasts.count += 1;
    broadcasts.sent += result.sent;
    broadcasts.failed += result.failed;
    broadcasts.filtered += result.filtered;
    broadcasts.dropped += result.dropped === true ? 1 : 0;
    broadcastTimes.observe(clock.now() - startMs);
    this.#host.emit('broadcastComplete', result);
    return result;
  }

  /** Visits each connection; for a monitor that asks every few seconds. */
  getStats(): ManagerStats {
    const { size: active } = this.connections;
    const byState = { CONNECTING: this.size - active, OPEN: 0, CLOSING: 0, CLOSED: 0 };
    let bufferedBytes = 0;
    for (const connection of this.connections.values()) {
      byState[connection.state] += 1;
      bufferedBytes += connection.bufferedBytes + connection.unfinishedBytes;
    }
    return {
      ...this.#host.registry.totals,
      active,
      byState,
      bufferedBytes,
      groups: this.groups.size,
      repaired: this.#audit.repaired,
      broadcasts: { ...this.#host.instrumentation.broadcasts },
    };
  }

  /** @internal Starts the close handshakes, a batch per turn of the event loop. */
  async closeEach(
    connections: readonly Connection<M>[],
    close: (connection: Connection<M>) => void,
  ): Promise<void> {
    for (const [index, connection] of connections.entries()) {
      close(connection);
      if ((index + 1) % CLOSES_PER_TURN === 0) await nextTurn();
    }
  }

  /**
   * Rejects new upgrades with 503, closes all connections with 1001, and cuts the remaining ones
   * after `timeoutMs`; the server's port stays open. Resolves when no connection is left; further
   * calls return the first one's promise.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT` for anything but 0 to 86,400,000.
   */
  shutdown(timeoutMs = this.#host.options.shutdownTimeout): Promise<void> {
    checkShutdownTimeout(timeoutMs);
    return this.#shutdown.run(async () => {
      this.#host.departure.begin();
      const isEmpty = new Promise<void>((resolve) => {
        this.#handleEmpty = resolve;
        if (this.size === 0) resolve();
      });
      const { clock } = this.#host.options;
      let cut = clock.setTimeout(() => {
        for (const connection of this.getAllConnections()) connection.destroy();
        // Streams that end without a `close` event (see the audit) must not delay the shutdown.
        cut = clock.setTimeout(() => {
          for (const endpoint of this.#host.registry.endpoints()) {
            if (endpoint.hasLostSocket) endpoint.handleLostSocket();
          }
        }, CLOSE_EVENT_MS_MAX);
      }, timeoutMs);
      await this.closeEach(this.getAllConnections(), (connection) =>
        connection.closeBecause('shutdown', 1001, 'the server is shutting down'),
      );
      await isEmpty;
      cut.clear();
    });
  }

  /** @internal Frees the slot after the socket is gone or the upgrade was rejected. */
  removeConnection(endpoint: ObservedEndpoint<M>): void {
    this.#host.registry.remove(endpoint);
    if (endpoint.slot !== undefined) this.#host.admissionControl.release(endpoint.slot);
    if (this.size === 0) this.#handleEmpty?.();
  }

  /** @internal */
  tick(nowMs: number): void {
    this.#audit.tick(nowMs, () => this.#host.registry.endpoints());
  }
}
