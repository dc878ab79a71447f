/**
 * The counters, histograms and timers that every endpoint updates as bytes and frames pass: one set
 * for all connections of a server.
 */
import type { Clock } from '../clock.ts';
import { Histogram, PARSING_BOUNDS, SIZE_BOUNDS } from './histogram.ts';
import { ParseTimer } from './parse-timer.ts';
import { TrafficCounters } from './traffic-counters.ts';

export interface Instrumentation {
  readonly trafficCounters: TrafficCounters;
  /** Sizes of received messages, in bytes. */
  readonly sizes: Histogram;
  readonly parsing: Histogram;
  readonly parseTimer: ParseTimer;
}

/**
 * @param handleRead Receives the time that a read took, listeners included, for one read in a fixed
 * number.
 */
export function createInstrumentation(
  clock: Clock,
  handleRead?: (tookMs: number) => void,
): Instrumentation {
  const parsing = new Histogram(PARSING_BOUNDS);
  const parseTimer = new ParseTimer(clock, parsing, handleRead);
  return {
    trafficCounters: new TrafficCounters(),
    sizes: new Histogram(SIZE_BOUNDS),
    parsing,
    parseTimer,
  };
}
