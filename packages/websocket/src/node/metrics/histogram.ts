/** A distribution in fixed buckets: one search and three additions for each value. */

/** In milliseconds. */
export const ROUND_TRIP_BOUNDS: readonly number[] = Object.freeze([
  1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000,
]);

/** In milliseconds, for normally microseconds; the upper buckets show stalls. */
export const PARSING_BOUNDS: readonly number[] = Object.freeze([
  ...[0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...ROUND_TRIP_BOUNDS,
]);

export const SIZE_BOUNDS: readonly number[] = Object.freeze([
  64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576,
]);

export interface HistogramValue {
  /** Number of values that were at most `bound`; the last bound is Infinity. */
  readonly buckets: readonly { readonly bound: number; readonly count: number }[];
  readonly count: number;
  readonly sum: number;
  /** Estimates from the buckets; `undefined` before the first value. */
  readonly percentiles: { readonly [percent in 50 | 95 | 99]: number | undefined };
}

export class Histogram {
  count = 0;
  /** Receives each value; must not throw. */
  hook: ((value: number) => void) | undefined;
  /** A copy: compiled code calls a builtin for each element of a frozen array. */
  readonly #bounds: Float64Array;
  /** One for each bound, and one for values above all of them. */
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds in ascending order. */
  constructor(bounds: readonly number[]) {
    this.#bounds = Float64Array.from(bounds);
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  get mean(): number | undefined {
    return this.count === 0 ? undefined : this.#sum / this.count;
  }

  observe(value: number): void {
    let index = 0;
    while (value > (this.#bounds[index] ?? Number.POSITIVE_INFINITY)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
    this.count += 1;
    this.hook?.(value);
  }

  read(): HistogramValue {
    let count = 0;
    const buckets = this.#counts.map((each, index) => {
      count += each;
      return { bound: this.#bounds[index] ?? Number.POSITIVE_INFINITY, count };
    });
    const percentiles = {
      50: estimate(buckets, 0.5),
      95: estimate(buckets, 0.95),
      99: estimate(buckets, 0.99),
    };
    return { buckets, count: this.count, sum: this.#sum, percentiles };
  }
}

/** Values count as evenly spread in their bucket; those above all bounds as the highest. */
function estimate(buckets: HistogramValue['buckets'], share: number): number | undefined {
  const rank = (buckets.at(-1)?.count ?? 0) * share;
  if (rank === 0) return undefined;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const lower = buckets[index - 1] ?? { bound: 0, count: 0 };
  const upper = buckets[index];
  if (upper === undefined || upper.bound === Number.POSITIVE_INFINITY) return lower.bound;
  const part = (rank - lower.count) / (upper.count - lower.count);
  return lower.bound + part * (upper.bound - lower.bound);
}
