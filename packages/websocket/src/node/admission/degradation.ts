/**
 * What a server in need does less of, so that the rest goes on (WS-234, WS-236).
 *
 * Nothing is cut short and no limit sinks: a message leaves whole or not at all (WS-235). What is
 * reduced comes back with its level, half a minute after the need.
 */
import { PRESSURE_LEVELS, type PressureLevel } from './pressure-gauge.ts';

/** The level from which on something is reduced. */
export const REDUCTION_MARKS = ['never', 'ELEVATED', 'CRITICAL'] as const;

export type ReductionMark = (typeof REDUCTION_MARKS)[number];

/** What can be reduced: see `stopCompressionAt` and `dropLowPriorityAt`. */
export const REDUCTIONS = ['compression', 'lowPriorityBroadcasts'] as const;

export type Reduction = (typeof REDUCTIONS)[number];

/** What is reduced has changed. */
export interface QualityChange {
  readonly reduced: readonly Reduction[];
  readonly previous: readonly Reduction[];
}

export interface DegradationOptions {
  readonly stopCompressionAt: ReductionMark;
  readonly dropLowPriorityAt: ReductionMark;
}

/** How scarce things are. */
export interface Needs {
  /** Of the loop's time alone: with memory or the line scarce, compression is what helps. */
  readonly loop: PressureLevel;
  /** Of everything that runs out by being used. */
  readonly any: PressureLevel;
}

export class Degradation {
  readonly #terms: DegradationOptions;
  #reduced: readonly Reduction[] = Object.freeze([]);

  /** @param terms Followed as they change. */
  constructor(terms: DegradationOptions) {
    this.#terms = terms;
  }

  /** In the order of `REDUCTIONS`. */
  get reduced(): readonly Reduction[] {
    return this.#reduced;
  }

  /** To be called after each look at the resources, and when options change. */
  update({ loop, any }: Needs): QualityChange | undefined {
    const { stopCompressionAt, dropLowPriorityAt } = this.#terms;
    const isReduced: Readonly<Record<Reduction, boolean>> = {
      compression: hasReached(loop, stopCompressionAt),
      lowPriorityBroadcasts: hasReached(any, dropLowPriorityAt),
    };
    const previous = this.#reduced;
    const reduced = Object.freeze(REDUCTIONS.filter((each) => isReduced[each]));
    if (reduced.join() === previous.join()) return undefined;
    this.#reduced = reduced;
    return { reduced, previous };
  }
}

function hasReached(level: PressureLevel, mark: ReductionMark): boolean {
  return mark !== 'never' && PRESSURE_LEVELS.indexOf(level) >= PRESSURE_LEVELS.indexOf(mark);
}
