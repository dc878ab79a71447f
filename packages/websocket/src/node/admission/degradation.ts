/**
 * Reduces optional work of an overloaded server, so that the rest continues.
 *
 * No message is truncated and no limit is lowered: a message is sent whole or not at all. A
 * reduction ends with its level, half a minute after the overload.
 */
import { PRESSURE_LEVELS, type PressureLevel } from './resource-pressure.ts';

/** Level from which work is reduced. */
export const REDUCTION_MARKS = ['never', 'ELEVATED', 'CRITICAL'] as const;

export type ReductionMark = (typeof REDUCTION_MARKS)[number];

/** The work that can be reduced: see `stopCompressionAt` and `dropLowPriorityAt`. */
export const REDUCTIONS = ['compression', 'lowPriorityBroadcasts'] as const;

export type Reduction = (typeof REDUCTIONS)[number];

/** The set of reductions has changed. */
export interface QualityChange {
  readonly reduced: readonly Reduction[];
  readonly previous: readonly Reduction[];
}

export interface DegradationOptions {
  readonly stopCompressionAt: ReductionMark;
  readonly dropLowPriorityAt: ReductionMark;
}

/** Pressure levels that reductions depend on. */
export interface ReductionLevels {
  /** Level of the event loop's time alone: if memory or bandwidth is short, compression helps. */
  readonly loop: PressureLevel;
  /** Level of all resources that are used up by load. */
  readonly any: PressureLevel;
}

export class Degradation {
  readonly #options: DegradationOptions;
  #reduced: readonly Reduction[] = Object.freeze([]);

  /** @param options Read again at each use, because they may change. */
  constructor(options: DegradationOptions) {
    this.#options = options;
  }

  /** In the order of `REDUCTIONS`. */
  get reduced(): readonly Reduction[] {
    return this.#reduced;
  }

  /** Call it after each check of the resources, and when options change. */
  update({ loop, any }: ReductionLevels): QualityChange | undefined {
    const { stopCompressionAt, dropLowPriorityAt } = this.#options;
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
