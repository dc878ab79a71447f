/** A set for mostly no or one value, which it stores without a table: see `SmallMap`. */
import { SmallMap } from './small-map.ts';

export class SmallSet<Value> {
  readonly #values = new SmallMap<Value, true>();

  get size(): number {
    return this.#values.size;
  }

  add(value: Value): void {
    this.#values.set(value, true);
  }

  has(value: Value): boolean {
    return this.#values.has(value);
  }

  /** Returns whether the value existed. */
  delete(value: Value): boolean {
    return this.#values.delete(value);
  }

  /** A snapshot, in insertion order. */
  [Symbol.iterator](): Iterator<Value> {
    return this.#values.keys()[Symbol.iterator]();
  }
}
