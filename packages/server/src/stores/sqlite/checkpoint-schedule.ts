/** When the write-ahead log is copied next. Pure. */

/** Copies of about so many pages take a few milliseconds: who commits meanwhile hardly waits. */
const PAGES_WANTED = 500;
const INTERVAL_MS_MIN = 25;
const INTERVAL_MS_MAX = 200;
/** Of a slow disk, a copy takes no more than this part of the time: commits need it, too. */
const SHARE_MAX = 1 / 4;

/** Milliseconds from the end of a copy to the next, by what came in the interval before it. */
export function nextCopyMs(
  lastIntervalMs: number,
  last: { readonly pages: number; readonly tookMs: number },
): number {
  const wantedMs = (lastIntervalMs * PAGES_WANTED) / Math.max(last.pages, 1);
  const boundedMs = Math.min(Math.max(wantedMs, INTERVAL_MS_MIN), INTERVAL_MS_MAX);
  return Math.max(boundedMs, last.tookMs / SHARE_MAX - last.tookMs);
}
