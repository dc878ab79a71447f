/**
 * Which connections there are: announced ones by id, and places held by unfinished handshakes.
 *
 * Everything here is synchronous: no `await` stands between a check and the
 * change that relies on it (WS-132, WS-202).
 */
import assert from 'node:assert/strict';
import type { ConnectionState } from '../protocol/connection-state.ts';
import type { Connection } from './connection.ts';
import type { Endpoint } from './endpoint.ts';

export class ConnectionRegistry<M> {
  readonly #connections = new Map<string, Connection<M>>();
  /** Those of connections and of handshakes. */
  readonly #endpoints = new Set<Endpoint<M>>();
  #opened = 0;
  #ended = 0;

  /** The announced ones, in order of arrival. Changes while it is iterated are safe. */
  get connections(): ReadonlyMap<string, Connection<M>> {
    return this.#connections;
  }

  /** Everything that has a place. */
  get endpoints(): ReadonlySet<Endpoint<M>> {
    return this.#endpoints;
  }

  /** What counts against `maxConnections`. */
  get size(): number {
    return this.#endpoints.size;
  }

  /** Connections ever opened, and how many of them have ended. */
  get totals(): { readonly opened: number; readonly ended: number } {
    return { opened: this.#opened, ended: this.#ended };
  }

  /** Holds a place for a handshake. */
  hold(endpoint: Endpoint<M>): void {
    this.#endpoints.add(endpoint);
  }

  /** The handshake succeeded: its place becomes a connection. */
  open(endpoint: Endpoint<M>): void {
    assert(this.#endpoints.has(endpoint), 'a handshake holds a place');
    assert(!this.#connections.has(endpoint.id), 'ids are unique');
    this.#connections.set(endpoint.id, endpoint.connection);
    this.#opened += 1;
  }

  /** Frees the place of either; nothing happens for one that has none. */
  remove(endpoint: Endpoint<M>): void {
    this.#endpoints.delete(endpoint);
    if (this.#connections.delete(endpoint.id)) this.#ended += 1;
  }

  countByState(): Record<ConnectionState, number> {
    const handshakes = this.#endpoints.size - this.#connections.size;
    const counts = { CONNECTING: handshakes, OPEN: 0, CLOSING: 0, CLOSED: 0 };
    for (const { state } of this.#connections.values()) counts[state] += 1;
    return counts;
  }
}
