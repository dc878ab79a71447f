/** Schedule of checkpoints, which copy the write-ahead log into the database. Pure. */

/** The log is restarted above this size. */
export const LOG_PAGES_MAX = 16_384; // 64 MiB of pages of 4 KiB.
/** Minimum milliseconds between two attempts to empty the log file. */
export const EMPTYING_MS = 5000;
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

/**
 * Whether emptying the log file removes texts that would otherwise stay in it. A log into which
 * twice its length was written has overwritten itself; to empty it as well would delay commits, and
 * the flushes of the next ones would wait for the file to grow again.
 */
export function isEmptyingUseful(pagesInInterval: number): boolean {
  return pagesInInterval < 2 * LOG_PAGES_MAX;
}
