/** The metrics of one server, as plain data: a scraper calls `collect`. */
import { callApplication } from '../call-application.ts';
import { Histogram, type HistogramValue } from './histogram.ts';
import {
  METRICS,
  type MetricEntry,
  type MetricName,
  type MetricSample,
  type MetricSources,
} from './metric-table.ts';

/** One metric with all its values. Counters start with the server. */
export interface MetricFamily extends Pick<MetricEntry, 'kind' | 'help'> {
  readonly name: MetricName;
  /** Values of a counter or gauge; empty for a histogram. */
  readonly samples: readonly MetricSample[];
  readonly histogram?: HistogramValue;
}

export type ObservedMetric = {
  [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends 'histogram' ? Name : never;
}[MetricName];

export type MetricObserver = (name: ObservedMetric, value: number) => void;

// The keys of the table are exactly the names.
const NAMES = Object.keys(METRICS) as readonly MetricName[];

const OBSERVED = NAMES.filter((name): name is ObservedMetric => METRICS[name].kind === 'histogram');

export class ServerMetrics {
  readonly #sources: MetricSources;
  readonly #handleError: (error: unknown) => void;

  /** @internal Created by a server. `handleError` gets what an observer throws. */
  constructor(sources: MetricSources, handleError: (error: unknown) => void) {
    this.#sources = sources;
    this.#handleError = handleError;
  }

  /** All metrics, in the order of the table, each with the values that have occurred. */
  collect(): MetricFamily[] {
    return NAMES.map((name) => {
      const { kind, help, read } = METRICS[name];
      const value = read(this.#sources);
      if (value instanceof Histogram) {
        return { name, kind, help, samples: [], histogram: value.read() };
      }
      const samples = typeof value === 'number' ? [{ labels: {}, value }] : value;
      return { name, kind, help, samples };
    });
  }

  /**
   * Calls back with each value that a histogram records from now on; there is one observer at a
   * time, `undefined` for none. If it throws or rejects, the server emits `error`.
   */
  observe(observer: MetricObserver | undefined): void {
    for (const name of OBSERVED) {
      METRICS[name].read(this.#sources).hook =
        observer && ((value) => callApplication(() => observer(name, value), this.#handleError));
    }
  }
}
