/**
 * A map of none or one for most of its life, which takes no table then: the smallest is some 180
 * bytes, and a server would have several for each of its connections.
 */
interface Single<Key, Value> {
  readonly key: Key;
  readonly value: Value;
}

export class SmallMap<Key, Value> {
  #held: Single<Key, Value> | Map<Key, Value> | undefined;

  get size(): number {
    if (this.#held === undefined) return 0;
    return this.#held instanceof Map ? this.#held.size : 1;
  }

  get(key: Key): Value | undefined {
    if (this.#held === undefined) return undefined;
    if (this.#held instanceof Map) return this.#held.get(key);
    return this.#held.key === key ? this.#held.value : undefined;
  }

  has(key: Key): boolean {
    if (this.#held === undefined) return false;
    return this.#held instanceof Map ? this.#held.has(key) : this.#held.key === key;
  }

  set(key: Key, value: Value): void {
    if (this.#held instanceof Map) {
      this.#held.set(key, value);
    } else if (this.#held === undefined || this.#held.key === key) {
      this.#held = { key, value };
    } else {
      this.#held = new Map([
        [this.#held.key, this.#held.value],
        [key, value],
      ]);
    }
  }

  /** Whether it was there. */
  delete(key: Key): boolean {
    if (!this.has(key)) return false;
    if (!(this.#held instanceof Map)) {
      this.#held = undefined;
      return true;
    }
    this.#held.delete(key);
    if (this.#held.size > 1) return true;
    for (const [last, value] of this.#held) this.#held = { key: last, value };
    return true;
  }

  clear(): void {
    this.#held = undefined;
  }

  /** As they are now. */
  keys(): Key[] {
    if (this.#held === undefined) return [];
    return this.#held instanceof Map ? [...this.#held.keys()] : [this.#held.key];
  }

  /** As they are now. */
  values(): Value[] {
    if (this.#held === undefined) return [];
    return this.#held instanceof Map ? [...this.#held.values()] : [this.#held.value];
  }

  /** As they are now, in the order in which they came. */
  entries(): [Key, Value][] {
    if (this.#held === undefined) return [];
    if (this.#held instanceof Map) return [...this.#held];
    return [[this.#held.key, this.#held.value]];
  }

  [Symbol.iterator](): Iterator<[Key, Value]> {
    return this.entries()[Symbol.iterator]();
  }
}
