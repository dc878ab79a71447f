/** A set of none or one for most of its life, which takes no table then: see `SmallMap`. */
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

  /** Whether it was there. */
  delete(value: Value): boolean {
    return this.#values.delete(value);
  }

  /** As they are now, in the order in which they came. */
  [Symbol.iterator](): Iterator<Value> {
    return this.#values.keys()[Symbol.iterator]();
  }
}
