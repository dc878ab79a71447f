/**
 * The definition of a benchmark: works, each done by several subjects, including ours.
 *
 * A new benchmark is a folder with such a table, and one row in `benches.ts`.
 */

export interface Bench {
  readonly name: string;
  /** The subject that ratios are taken to. */
  readonly peer: string;
  readonly works: readonly Work[];
}

export interface Work {
  /** As it stands in reports: what is done, how large, how much at a time. */
  readonly name: string;
  readonly subjects: readonly string[];
  readonly metrics: Readonly<Record<string, Metric>>;
  /** The ratio to the peer that we set ourselves, for the metric that counts here. */
  readonly target?: Target;
  /** Why this machine cannot do it; `undefined` where it can. */
  findObstacle?(): string | undefined;
  /** One complete measurement: starts its processes, checks the answers, stops the processes. */
  run(subject: string, throttle: Throttle): Promise<Sample>;
  /** After the last round: ends what was too costly to prepare for each. */
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
 * How long the phases of one measurement are, in processor time of the server:
 * on a machine with other work the wall clock says little of what was done.
 */
export interface Throttle {
  readonly warmUpCpuMs: number;
  readonly windowCpuMs: number;
  /** By the wall clock; then a phase ends in any case. */
  readonly phaseMsMax: number;
}

export interface Sample {
  /** By the name of the metric. */
  readonly values: Readonly<Record<string, number>>;
  /** Shares of one core, 0 to 1, of both sides; where there are two. */
  readonly load?: { readonly server: number; readonly generator: number };
}
