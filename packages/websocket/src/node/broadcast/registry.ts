/**
 * Which connections there are: announced ones by id, and places held by unfinished handshakes.
 *
 * Everything here is synchronous: no `await` stands between a check and the
 * change that relies on it (WS-132, WS-202).
 */
import assert from 'node:assert/strict';
import type { ConnectionState } from '../../protocol/connection-state.ts';
import type { Connection } from '../connection/connection.ts';
import type { Endpoint } from '../connection/endpoint.ts';

/**
 * A place. It is emptied when it is given back: a table that was outgrown leads to the next one, and
 * holds its last content until the next whole collection. With the endpoints themselves in it,
 * every connection that ever was would be copied by the collector, and kept until then.
 */
interface Seat<M> {
  endpoint: Endpoint<M> | undefined;
}

export class ConnectionRegistry<M> {
  readonly #seats = new Map<string, Seat<M>>();
  readonly #connections = new AnnouncedConnections(this.#seats, () => this.#opened - this.#ended);
  #opened = 0;
  #ended = 0;

  /** The announced ones, in order of arrival. Changes while it is iterated are safe. */
  get connections(): ReadonlyMap<string, Connection<M>> {
    return this.#connections;
  }

  /** Everything that has a place. Changes while it is iterated are safe. */
  *endpoints(): Generator<Endpoint<M>> {
    for (const { endpoint } of this.#seats.values()) if (endpoint !== undefined) yield endpoint;
  }

  /** What counts against `maxConnections`. */
  get size(): number {
    return this.#seats.size;
  }

  /** Connections ever opened, and how many of them have ended. */
  get totals(): { readonly opened: number; readonly ended: number } {
    return { opened: this.#opened, ended: this.#ended };
  }

  /** Holds a place for a handshake. */
  hold(endpoint: Endpoint<M>): void {
    assert(!this.#seats.has(endpoint.id), 'ids are unique');
    this.#seats.set(endpoint.id, { endpoint });
  }

  /** The handshake succeeded: its place becomes a connection. */
  open(endpoint: Endpoint<M>): void {
    assert(this.#seats.has(endpoint.id), 'a handshake holds a place');
    this.#opened += 1;
  }

  /** Frees the place of either; nothing happens for one that has none. */
  remove(endpoint: Pick<Endpoint<M>, 'id' | 'wasOpen'>): void {
    const seat = this.#seats.get(endpoint.id);
    if (seat === undefined) return;
    this.#seats.delete(endpoint.id);
    seat.endpoint = undefined;
    if (endpoint.wasOpen) this.#ended += 1;
  }

  countByState(): Record<ConnectionState, number> {
    const handshakes = this.size - this.connections.size;
    const counts = { CONNECTING: handshakes, OPEN: 0, CLOSING: 0, CLOSED: 0 };
    for (const { state } of this.connections.values()) counts[state] += 1;
    return counts;
  }
}

/** Of those who have a seat, those who were let in. */
class AnnouncedConnections<M> implements ReadonlyMap<string, Connection<M>> {
  readonly #seats: ReadonlyMap<string, Seat<M>>;
  readonly #count: () => number;

  constructor(seats: ReadonlyMap<string, Seat<M>>, count: () => number) {
    this.#seats = seats;
    this.#count = count;
  }

  get size(): number {
    return this.#count();
  }

  get(id: string): Connection<M> | undefined {
    const endpoint = this.#seats.get(id)?.endpoint;
    return endpoint?.wasOpen === true ? endpoint.connection : undefined;
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  *values(): MapIterator<Connection<M>> {
    for (const { endpoint } of this.#seats.values()) {
      if (endpoint?.wasOpen === true) yield endpoint.connection;
    }
  }

  *keys(): MapIterator<string> {
    for (const { id } of this.values()) yield id;
  }

  *entries(): MapIterator<[string, Connection<M>]> {
    for (const connection of this.values()) yield [connection.id, connection];
  }

  [Symbol.iterator](): MapIterator<[string, Connection<M>]> {
    return this.entries();
  }

  forEach(
    callback: (
      connection: Connection<M>,
      id: string,
      connections: ReadonlyMap<string, Connection<M>>,
    ) => void,
    thisArgument?: unknown,
  ): void {
    for (const [id, connection] of this) callback.call(thisArgument, connection, id, this);
  }
}
