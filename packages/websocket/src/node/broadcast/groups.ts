/**
 * Named groups of connections: the rooms, topics or accounts of an application.
 *
 * A group is there while somebody is in it, and a connection is in it until it
 * leaves or ends. Joining and leaving cost the same however large the group is.
 * Requirement WS-138.
 */
import type { Connection } from '../connection/connection.ts';

const NOBODY: ReadonlySet<never> = new Set();

export class ConnectionGroups<M = unknown> {
  readonly #connections: ReadonlyMap<string, Connection<M>>;
  readonly #members = new Map<string, Set<Connection<M>>>();
  readonly #memberships = new Map<Connection<M>, Set<string>>();

  /** @internal They come with a server: of the connections that it has, some are in groups. */
  constructor(connections: ReadonlyMap<string, Connection<M>>) {
    this.#connections = connections;
  }

  /** How many groups have somebody in them. */
  get size(): number {
    return this.#members.size;
  }

  /** The names of the groups that have somebody in them. */
  names(): IterableIterator<string> {
    return this.#members.keys();
  }

  /** Who is in the group, in the order of joining; a live view while anybody is. */
  members(name: string): ReadonlySet<Connection<M>> {
    return this.#members.get(name) ?? NOBODY;
  }

  /** The groups that a connection is in; in its `close` listeners, those that it was in. */
  of(connection: Connection<M>): ReadonlySet<string> {
    return this.#memberships.get(connection) ?? NOBODY;
  }

  /** Returns whether it is in the group now: `false` for one that is not OPEN at this server. */
  join(connection: Connection<M>, name: string): boolean {
    // Whoever ended has been cleaned up after: it would stay for ever.
    const isOurs = this.#connections.get(connection.id) === connection;
    if (!isOurs || connection.state !== 'OPEN') return false;
    setOf(this.#members, name).add(connection);
    setOf(this.#memberships, connection).add(name);
    return true;
  }

  /** Returns whether it was in the group. */
  leave(connection: Connection<M>, name: string): boolean {
    return take(this.#members, name, connection) && take(this.#memberships, connection, name);
  }

  /** @internal The connection has ended. */
  leaveAll(connection: Connection<M>): void {
    for (const name of this.of(connection)) take(this.#members, name, connection);
    this.#memberships.delete(connection);
  }
}

function setOf<Key, Value>(sets: Map<Key, Set<Value>>, key: Key): Set<Value> {
  let set = sets.get(key);
  if (set === undefined) {
    set = new Set();
    sets.set(key, set);
  }
  return set;
}

/** Removes the value from the key's set, and the set with its last value. */
function take<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): boolean {
  const set = sets.get(key);
  if (set?.delete(value) !== true) return false;
  if (set.size === 0) sets.delete(key);
  return true;
}
