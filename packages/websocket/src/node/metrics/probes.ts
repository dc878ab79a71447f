/** What every endpoint reports to as bytes and frames pass: shared by all of a server. */
import type { Clock } from '../clock.ts';
import { Histogram, PARSING_BOUNDS } from './histogram.ts';
import { ParseTimer } from './parse-timer.ts';
import { Traffic } from './traffic.ts';

export interface Probes {
  readonly traffic: Traffic;
  readonly parsing: Histogram;
  readonly parseTimer: ParseTimer;
}

export function createProbes(clock: Clock): Probes {
  const parsing = new Histogram(PARSING_BOUNDS);
  return { traffic: new Traffic(), parsing, parseTimer: new ParseTimer(clock, parsing) };
}
