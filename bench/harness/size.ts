/** Sizes of a run: `--quick` takes a tenth. */
import type { Throttle } from './bench.ts';

const FULL_PHASE_MS = 6_000;
const QUICK_SHARE = 0.1;

/** Returns the size for a run that takes `full` without `--quick`. */
export function sizeOf(full: number, { phaseMsMax }: Throttle): number {
  return phaseMsMax < FULL_PHASE_MS ? full * QUICK_SHARE : full;
}
