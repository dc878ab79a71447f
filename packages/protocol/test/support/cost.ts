/** Compares the time of much work with the time of little work, many times: a slow or busy machine slows both alike. */
import assert from 'node:assert/strict';

const RUNS_MIN = 3;
const RUNS_MAX = 10;
const FACTOR_MAX = 3;
/** Milliseconds. */
const ALLOWANCE = 5;

/**
 * Asserts that work grows at most linearly with a size. Disturbances only make a run longer: the shortest
 * runs count, and runs are added until they fit.
 *
 * @param prepare Returns the work for a size.
 */
export function assertLinear(
  prepare: (size: number) => () => void,
  small: number,
  large: number,
): void {
  const [little, much] = [prepare(small), prepare(large)];
  let [divided, whole] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let run = 1; run <= RUNS_MAX; run += 1) {
    divided = Math.min(divided, timeOf(little, large / small));
    whole = Math.min(whole, timeOf(much, 1));
    if (run >= RUNS_MIN && whole < FACTOR_MAX * divided + ALLOWANCE) return;
  }
  assert.fail(`${large} take ${whole} ms, and ${small} as often as makes ${large} ${divided} ms`);
}

/** Milliseconds of the shortest of several runs. */
export function leastTimeOf(work: () => void): number {
  return Math.min(...Array.from({ length: RUNS_MAX }, () => timeOf(work, 1)));
}

function timeOf(work: () => void, times: number): number {
  const before = performance.now();
  for (let time = 0; time < times; time += 1) work();
  return performance.now() - before;
}
