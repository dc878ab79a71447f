/** How long to wait before the next try: exponential with full jitter (CA-139). */
const FIRST_CEILING_MS = 1_000;
const CEILING_MS_MAX = 30_000;

/**
 * A delay between 0 and 1, 2, 4, 8, 16, then always 30 s, in milliseconds.
 *
 * Full jitter: clients that lost one server together do not come back together.
 *
 * @param attempts Failed tries so far, from 0.
 */
export function backoffDelayMs(attempts: number, random: () => number): number {
  const ceilingMs = Math.min(CEILING_MS_MAX, FIRST_CEILING_MS * 2 ** Math.max(0, attempts));
  return Math.round(random() * ceilingMs);
}
