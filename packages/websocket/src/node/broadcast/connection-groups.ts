/** Named groups of connections, each of which exists while it has members. */
import type { Connection } from '../connection/connection.ts';

const NO_MEMBERS: ReadonlySet<never> = new Set();

export class ConnectionGroups<M = unknown> {
  readonly #connections: ReadonlyMap<string, Connection<M>>;
  readonly #members = new Map<string, Set<Connection<M>>>();
  readonly #memberships = new Map<Connection<M>, Set<string>>();

  /** @internal Created by a server; only its own connections can be members. */
  constructor(connections: ReadonlyMap<string, Connection<M>>) {
    this.#connections = connections;
  }

  /** Number of groups that have members. */
  get size(): number {
    return this.#members.size;
  }

  /** Names of the groups that have members. */
  names(): IterableIterator<string> {
    return this.#members.keys();
  }

  /** Members of the group in the order of joining; a live view while the group has members. */
  members(name: string): ReadonlySet<Connection<M>> {
    return this.#members.get(name) ?? NO_MEMBERS;
  }

  /** Groups of a connection; in its `close` listeners, those that it was in. */
  of(connection: Connection<M>): ReadonlySet<string> {
    return this.#memberships.get(connection) ?? NO_MEMBERS;
  }

  /** Returns whether it is a member now: a connection must be OPEN, and of this server. */
  join(connection: Connection<M>, name: string): boolean {
    // The clean-up of an ended connection has already run: it would stay a member for ever.
    const isLocal = this.#connections.get(connection.id) === connection;
    if (!isLocal || connection.state !== 'OPEN') return false;
    setOf(this.#members, name).add(connection);
    setOf(this.#memberships, connection).add(name);
    return true;
  }

  /** Returns whether it was a member. */
  leave(connection: Connection<M>, name: string): boolean {
    return (
      removeFrom(this.#members, name, connection) && removeFrom(this.#memberships, connection, name)
    );
  }

  /** @internal The connection has ended. */
  leaveAll(connection: Connection<M>): void {
    for (const name of this.of(connection)) removeFrom(this.#members, name, connection);
    this.#memberships.delete(connection);
  }
}

function setOf<Key, Value>(sets: Map<Key, Set<Value>>, key: Key): Set<Value> {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set);
  return set;
}

function removeFrom<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): boolean {
  const set = sets.get(key);
  if (set?.delete(value) !== true) return false;
  if (set.size === 0) sets.delete(key);
  return true;
}
