/** Reproducible randomness: the same seed gives the same numbers on every machine. */

/** Spreads similar seeds (the constants of splitmix32). */
function mix(seed: number): number {
  let mixed = (seed + 0x9e37_79b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Random numbers for one part, independent of the other parts. */
  static forPart(seed: number, index: number): SeededRandom {
    return new SeededRandom(mix(mix(seed) ^ index));
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    return mix(this.#state);
  }

  /** An integer from 0 to `below` - 1. */
  below(below: number): number {
    return this.next() % below;
  }

  isOneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }
}
