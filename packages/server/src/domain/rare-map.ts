/**
 * A map that is empty for most of its life, and takes no room then: an empty table costs some 180
 * bytes, and a server has several for each of its connections.
 */
export class RareMap<Key, Value> {
  #entries: Map<Key, Value> | undefined;

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  get(key: Key): Value | undefined {
    return this.#entries?.get(key);
  }

  has(key: Key): boolean {
    return this.#entries?.has(key) === true;
  }

  set(key: Key, value: Value): void {
    this.#entries ??= new Map();
    this.#entries.set(key, value);
  }

  delete(key: Key): void {
    this.#entries?.delete(key);
    if (this.#entries?.size === 0) this.#entries = undefined;
  }

  clear(): void {
    this.#entries = undefined;
  }

  /** As they are now. */
  keys(): Key[] {
    return [...(this.#entries?.keys() ?? [])];
  }

  /** As they are now. */
  entries(): [Key, Value][] {
    return [...(this.#entries ?? [])];
  }

  /** As they are now. */
  values(): Value[] {
    return [...(this.#entries?.values() ?? [])];
  }
}
