/**
 * Limits how often an action may be attempted under one key, such as a login from one network. Pure
 * functions shared by all stores: a store only keeps a record per key.
 */
export interface AttemptLimit {
  readonly key: string;
  /** Number of attempts without a wait. */
  readonly attemptsMax: number;
  readonly windowMs: number;
  /**
   * If undefined, an attempt above `attemptsMax` waits for the end of the window, which starts with
   * the first attempt. Otherwise each further attempt waits twice as long as the previous one, at
   * most this long, and the attempts expire `windowMs` after the last one.
   */
  readonly delayMsMax?: number;
}

export interface AttemptRecord {
  readonly attempts: number;
  readonly windowEndsAtMs: number;
}

const FIRST_DELAY_MS = 1000;

/** Milliseconds until the next attempt is accepted; 0 if it is accepted now. */
function attemptWaitMs(
  limit: AttemptLimit,
  record: AttemptRecord | undefined,
  nowMs: number,
): number {
  if (record === undefined || !isCurrent(record, limit, nowMs)) return 0;
  if (record.attempts < limit.attemptsMax) return 0;
  const { attemptsMax, windowMs, delayMsMax } = limit;
  if (delayMsMax === undefined) return record.windowEndsAtMs - nowMs;
  const lastAtMs = record.windowEndsAtMs - windowMs;
  const delayMs = FIRST_DELAY_MS * 2 ** (record.attempts - attemptsMax);
  return Math.max(0, lastAtMs + Math.min(delayMs, delayMsMax) - nowMs);
}

/** Longest wait of all limits in milliseconds; 0 if an attempt is accepted now. */
export function longestWaitMs(
  limits: readonly AttemptLimit[],
  records: ReadonlyMap<string, AttemptRecord>,
  nowMs: number,
): number {
  return Math.max(0, ...limits.map((limit) => attemptWaitMs(limit, records.get(limit.key), nowMs)));
}

/** Returns the record after one more attempt. */
export function withAttempt(
  limit: AttemptLimit,
  record: AttemptRecord | undefined,
  nowMs: number,
): AttemptRecord {
  const { windowMs, delayMsMax } = limit;
  if (record === undefined || !isCurrent(record, limit, nowMs)) {
    return { attempts: 1, windowEndsAtMs: nowMs + windowMs };
  }
  const windowEndsAtMs = delayMsMax === undefined ? record.windowEndsAtMs : nowMs + windowMs;
  return { attempts: record.attempts + 1, windowEndsAtMs };
}

/**
 * A record whose window is far in the future is of a clock that was wrong, and would lock users out
 * until then. The clocks of several nodes may differ by a window.
 */
function isCurrent(
  { windowEndsAtMs }: AttemptRecord,
  { windowMs }: AttemptLimit,
  nowMs: number,
): boolean {
  return windowEndsAtMs > nowMs && windowEndsAtMs <= nowMs + 2 * windowMs;
}
