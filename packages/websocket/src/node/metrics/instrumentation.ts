import type { Clock } from '../clock.ts';
import { Histogram, PARSING_BOUNDS, SIZE_BOUNDS } from './histogram.ts';
import { ParseTimer } from './parse-timer.ts';
import { TrafficCounters } from './traffic-counters.ts';

/**
 * The counters, histograms and timers that every endpoint updates as bytes and frames pass: one set
 * for all connections of a server.
 */
export class Instrumentation {
  readonly trafficCounters = new TrafficCounters();
  /** Sizes of received messages, in bytes. */
  readonly sizes = new Histogram(SIZE_BOUNDS);
  readonly parsing = new Histogram(PARSING_BOUNDS);
  readonly parseTimer: ParseTimer;

  /** @param handleRead As for `ParseTimer`. */
  constructor(clock: Clock, handleRead?: (tookMs: number) => void) {
    this.parseTimer = new ParseTimer(clock, this.parsing, handleRead);
  }
}
