/**
 * The definition of a benchmark: works, each done by several subjects, including ours.
 *
 * A new benchmark is a folder with such a table, and one row in `benches.ts`.
 */
import type { Turns } from './turns.ts';

export interface Bench {
  readonly name: string;
  /** The subject that others are compared with. */
  readonly peer: string;
  readonly works: readonly Work[];
  /** After the last work: ends what all of them share. */
  end?(): Promise<void>;
}

export interface Work {
  /** Name in reports: what is done, message size and number in flight. */
  readonly name: string;
  readonly subjects: readonly string[];
  /** Further subjects, measured only if `--subjects` names them. */
  readonly optionalSubjects?: readonly string[];
  /** Measured only if `--works` selects it. */
  readonly isOptional?: boolean;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Our target for the ratio to the peer, for the metric that matters here. */
  readonly target?: Target;
  /** Why this machine cannot run it; `undefined` if it can. */
  findObstacle?(): string | undefined;
  /**
   * Whether all subjects run at the same time, and take turns to use the machine: its speed changes
   * within seconds, and their ratio is right only if they share fast and slow times.
   */
  readonly isInTurns?: boolean;
  /** Runs one complete measurement: starts its processes, checks the answers, stops the processes. */
  run(subject: string, throttle: Throttle, turns: Turns): Promise<Sample>;
  /** Called after the last round: releases what all rounds share. */
  end?(): Promise<void>;
}

export interface Metric {
  readonly unit: string;
  /**
   * How the ratio to the peer is computed: `gain` is above 1 if the subject is
   * better; `share` is the subject's consumption divided by the peer's.
   */
  readonly ratio: 'more-is-gain' | 'less-is-gain' | 'share';
}

/** The ratio that `subject` has to reach; an upper limit for a `share`. */
export interface Target {
  readonly subject: string;
  readonly metric: string;
  readonly atLeast: number;
  readonly goal: number;
}

/**
 * Duration of the phases of a measurement, in CPU time of the server: on a machine with other work,
 * wall-clock time says little about the work done.
 */
export interface Throttle {
  readonly warmUpCpuMs: number;
  readonly windowCpuMs: number;
  /** Maximum wall-clock time of a phase, after which it ends in any case. */
  readonly phaseMsMax: number;
}

export interface Sample {
  /** Values by name of the metric. */
  readonly values: Readonly<Record<string, number>>;
  /** Shares of a core, 0 to 1, that each side used, if there are two sides. */
  readonly load?: { readonly server: number; readonly generator: number };
}
