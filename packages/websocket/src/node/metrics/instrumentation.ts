/** What every endpoint reports to as bytes and frames pass: shared by all of a server. */
import type { Clock } from '../clock.ts';
import { Histogram, PARSING_BOUNDS, SIZE_BOUNDS } from './histogram.ts';
import { ParseTimer } from './parse-timer.ts';
import { Traffic } from './traffic-counters.ts';

export interface Probes {
  readonly traffic: Traffic;
  /** Of messages that were received, in bytes. */
  readonly sizes: Histogram;
  readonly parsing: Histogram;
  readonly parseTimer: ParseTimer;
}

/** @param handleRead Is told what a read took, listeners included, for one read in so many. */
export function createProbes(clock: Clock, handleRead?: (tookMs: number) => void): Probes {
  const parsing = new Histogram(PARSING_BOUNDS);
  const parseTimer = new ParseTimer(clock, parsing, handleRead);
  return { traffic: new Traffic(), sizes: new Histogram(SIZE_BOUNDS), parsing, parseTimer };
}
