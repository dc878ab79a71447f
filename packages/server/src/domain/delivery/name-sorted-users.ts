/**
 * Users in the order of their names, kept up to date one by one: sorting all of them for each page
 * would cost too much in a large room.
 */

import type { UserId } from '@parley/protocol';

interface Entry {
  readonly key: string;
  readonly id: UserId;
}

export class NameSortedUsers {
  readonly #keys = new Map<UserId, string>();
  #entries: Entry[];

  constructor(ids: Iterable<UserId>, nameOf: (id: UserId) => string) {
    for (const id of ids) this.#keys.set(id, keyOf(nameOf(id)));
    this.#entries = [...this.#keys].map(([id, key]) => ({ key, id }));
    this.#entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  add(id: UserId, name: string): void {
    if (this.#keys.has(id)) return;
    const key = keyOf(name);
    this.#keys.set(id, key);
    this.#entries.splice(this.#placeOf(key), 0, { key, id });
  }

  remove(id: UserId): void {
    const key = this.#keys.get(id);
    if (key === undefined) return;
    this.#keys.delete(id);
    this.#entries.splice(this.#placeOf(key), 1);
  }

  /** The first users, or those after a name, which need not be among them. */
  *after(name: string | undefined): Iterable<UserId> {
    const key = name === undefined ? undefined : keyOf(name);
    let index = key === undefined ? 0 : this.#placeOf(key);
    if (this.#entries[index]?.key === key) index += 1;
    for (; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (entry !== undefined) yield entry.id;
    }
  }

  /** The index of the first entry that is not before the key. */
  #placeOf(key: string): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.key ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Usernames differ in more than case, so no keys are equal. */
function keyOf(name: string): string {
  return name.toLowerCase();
}
