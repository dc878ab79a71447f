/** Schedule of checkpoints, which copy the write-ahead log into the database. Pure. */

/**
 * Pages per checkpoint. A checkpoint of this size takes a few milliseconds, so commits hardly wait.
 */
const PAGES_WANTED = 500;
const INTERVAL_MS_MIN = 25;
const INTERVAL_MS_MAX = 200;
/** Maximum share of the time that checkpoints may take on a slow disk: commits need it too. */
const SHARE_MAX = 1 / 4;

/**
 * Milliseconds from the end of a checkpoint to the next, from the pages written in the previous
 * interval.
 */
export function nextCopyMs(
  lastIntervalMs: number,
  last: { readonly pages: number; readonly tookMs: number },
): number {
  const wantedMs = (lastIntervalMs * PAGES_WANTED) / Math.max(last.pages, 1);
  const boundedMs = Math.min(Math.max(wantedMs, INTERVAL_MS_MIN), INTERVAL_MS_MAX);
  return Math.max(boundedMs, last.tookMs / SHARE_MAX - last.tookMs);
}
