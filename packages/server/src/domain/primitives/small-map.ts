/**
 * A map for mostly no or one entry, which it stores without a table: the smallest `Map` takes about
 * 180 bytes, and a server has several per connection.
 */
interface Single<Key, Value> {
  readonly key: Key;
  readonly value: Value;
}

export class SmallMap<Key, Value> {
  #content: Single<Key, Value> | Map<Key, Value> | undefined;

  get size(): number {
    if (this.#content === undefined) return 0;
    return this.#content instanceof Map ? this.#content.size : 1;
  }

  get(key: Key): Value | undefined {
    if (this.#content === undefined) return undefined;
    if (this.#content instanceof Map) return this.#content.get(key);
    return this.#content.key === key ? this.#content.value : undefined;
  }

  has(key: Key): boolean {
    if (this.#content === undefined) return false;
    return this.#content instanceof Map ? this.#content.has(key) : this.#content.key === key;
  }

  set(key: Key, value: Value): void {
    if (this.#content instanceof Map) {
      this.#content.set(key, value);
    } else if (this.#content === undefined || this.#content.key === key) {
      this.#content = { key, value };
    } else {
      this.#content = new Map([
        [this.#content.key, this.#content.value],
        [key, value],
      ]);
    }
  }

  /** Returns whether the key existed. */
  delete(key: Key): boolean {
    if (!this.has(key)) return false;
    if (!(this.#content instanceof Map)) {
      this.#content = undefined;
      return true;
    }
    this.#content.delete(key);
    if (this.#content.size > 1) return true;
    for (const [last, value] of this.#content) this.#content = { key: last, value };
    return true;
  }

  clear(): void {
    this.#content = undefined;
  }

  /** A snapshot. */
  keys(): Key[] {
    if (this.#content === undefined) return [];
    return this.#content instanceof Map ? [...this.#content.keys()] : [this.#content.key];
  }

  /** A snapshot. */
  values(): Value[] {
    if (this.#content === undefined) return [];
    return this.#content instanceof Map ? [...this.#content.values()] : [this.#content.value];
  }

  /** A snapshot, in insertion order. */
  entries(): [Key, Value][] {
    if (this.#content === undefined) return [];
    if (this.#content instanceof Map) return [...this.#content];
    return [[this.#content.key, this.#content.value]];
  }

  [Symbol.iterator](): Iterator<[Key, Value]> {
    return this.entries()[Symbol.iterator]();
  }
}
