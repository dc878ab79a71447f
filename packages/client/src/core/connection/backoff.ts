/** Delay before the next attempt: exponential backoff with full jitter. */
const FIRST_CEILING_MS = 1_000;
const CEILING_MS_MAX = 30_000;

/**
 * A random delay of up to 1, 2, 4, 8, 16, then always 30 s, in milliseconds.
 *
 * Full jitter: clients that lost the same server do not all reconnect at the same time.
 *
 * @param attempts Number of failed attempts so far, from 0.
 */
export function backoffDelayMs(attempts: number, random: () => number): number {
  const ceilingMs = Math.min(CEILING_MS_MAX, FIRST_CEILING_MS * 2 ** Math.max(0, attempts));
  return Math.round(random() * ceilingMs);
}
