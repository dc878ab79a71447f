/** The connections of a server by id, and the slots of unfinished handshakes; synchronous. */
import assert from 'node:assert/strict';
import { type InspectOptions, inspect } from 'node:util';
import type { Connection } from '../connection/connection.ts';
import type { Endpoint } from '../connection/endpoint.ts';

/**
 * A slot, emptied when it is freed: an outgrown hash table keeps its last content until the next
 * full garbage collection, and with it every connection that ever existed until then.
 */
interface Slot<M> {
  endpoint: Endpoint<M> | undefined;
}

export class ConnectionRegistry<M> {
  readonly totals = { opened: 0, ended: 0 };
  readonly #slots = new Map<string, Slot<M>>();
  /** The announced connections, in order of arrival. Changes during iteration are safe. */
  readonly connections = new AnnouncedConnections<M>(this.#slots, this.totals);
  #list: readonly Connection<M>[] | undefined;

  /** The announced connections now. The list never changes, so that broadcasts can share it. */
  get list(): readonly Connection<M>[] {
    this.#list ??= [...this.connections.values()];
    return this.#list;
  }

  /** All endpoints that hold a slot. Changes during iteration are safe. */
  *endpoints(): Generator<Endpoint<M>> {
    for (const { endpoint } of this.#slots.values()) if (endpoint !== undefined) yield endpoint;
  }

  get size(): number {
    return this.#slots.size;
  }

  reserve(endpoint: Endpoint<M>): void {
    assert(!this.#slots.has(endpoint.id), 'ids are unique');
    this.#slots.set(endpoint.id, { endpoint });
  }

  open(endpoint: Endpoint<M>): void {
    assert(this.#slots.has(endpoint.id), 'a handshake holds a slot');
    this.totals.opened += 1;
    this.#list = undefined;
  }

  remove(endpoint: Pick<Endpoint<M>, 'id' | 'wasOpen'>): void {
    const slot = this.#slots.get(endpoint.id);
    if (slot === undefined) return;
    this.#slots.delete(endpoint.id);
    slot.endpoint = undefined;
    if (!endpoint.wasOpen) return;
    this.totals.ended += 1;
    this.#list = undefined;
  }
}

class AnnouncedConnections<M> implements ReadonlyMap<string, Connection<M>> {
  readonly #slots: ReadonlyMap<string, Slot<M>>;
  readonly #totals: ConnectionRegistry<M>['totals'];

  constructor(slots: ReadonlyMap<string, Slot<M>>, totals: ConnectionRegistry<M>['totals']) {
    this.#slots = slots;
    this.#totals = totals;
  }

  get size(): number {
    return this.#totals.opened - this.#totals.ended;
  }

  get(id: string): Connection<M> | undefined {
    const endpoint = this.#slots.get(id)?.endpoint;
    return endpoint?.wasOpen === true ? endpoint.connection : undefined;
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  *values(): MapIterator<Connection<M>> {
    for (const { endpoint } of this.#slots.values()) {
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

  /** As a list. */
  toJSON(): object[] {
    return [...this.values()].map((connection) => connection.toJSON());
  }

  [inspect.custom](_depth: number, options: InspectOptions): string {
    return inspect(new Map(this), options);
  }

  forEach(...[call, self]: Parameters<ReadonlyMap<string, Connection<M>>['forEach']>): void {
    for (const [id, connection] of this) call.call(self, connection, id, this);
  }
}
