/** How much slower this machine is than the one whose deadlines the tests have. */

/** Of the loop below on that machine. */
const REFERENCE_MS = 60;
const STEPS = 8_000_000;
const FACTOR_MAX = 6;

/** From 1 to 6; measured before the tests, on the quiet machine. */
export function measureMachineFactor(): number {
  const times = [timeOfLoop(), timeOfLoop(), timeOfLoop()];
  return factorOf(Math.min(...times));
}

/** A limit that `npm test` makes longer on a slow machine, as the deadline of the waits in tests. */
export function onThisMachine(ms: number): number {
  return ms * Math.max(1, Number(process.env['PARLEY_TEST_FACTOR'] ?? 1) / 2);
}

export function factorOf(ms: number): number {
  const factor = Math.min(FACTOR_MAX, Math.max(1, ms / REFERENCE_MS));
  return Math.round(10 * factor) / 10;
}

function timeOfLoop(): number {
  const startMs = performance.now();
  let state = 1;
  for (let step = 0; step < STEPS; step += 1)
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + step;
  // The result is used, so that the loop is not left out.
  return performance.now() - startMs + (state === 0 ? 1 : 0);
}
