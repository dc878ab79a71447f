/**
 * How often something may be tried under one key, such as a login from one network.
 * Pure, and the same in every store: the store only keeps a record for each key.
 */
export interface AttemptLimit {
  readonly key: string;
  /** Attempts that need no wait. */
  readonly attemptsMax: number;
  readonly windowMs: number;
  /**
   * Undefined: above `attemptsMax` the next attempt waits for the end of the window, which begins
   * with the first attempt. Else each further attempt waits twice as long as the one before, at
   * most so long, and all are forgotten `windowMs` after the last.
   */
  readonly delayMsMax?: number;
}

export interface AttemptRecord {
  readonly attempts: number;
  readonly windowEndsAtMs: number;
}

const FIRST_DELAY_MS = 1000;

/** Milliseconds until the next attempt is accepted; 0 if it is now. */
export function attemptWaitMs(
  limit: AttemptLimit,
  record: AttemptRecord | undefined,
  nowMs: number,
): number {
  if (record === undefined || record.windowEndsAtMs <= nowMs) return 0;
  if (record.attempts < limit.attemptsMax) return 0;
  const { attemptsMax, windowMs, delayMsMax } = limit;
  if (delayMsMax === undefined) return record.windowEndsAtMs - nowMs;
  const lastAtMs = record.windowEndsAtMs - windowMs;
  const delayMs = FIRST_DELAY_MS * 2 ** (record.attempts - attemptsMax);
  return Math.max(0, lastAtMs + Math.min(delayMs, delayMsMax) - nowMs);
}

/** The longest wait of all; 0 if an attempt under all of these limits is accepted now. */
export function longestWaitMs(
  limits: readonly AttemptLimit[],
  records: ReadonlyMap<string, AttemptRecord>,
  nowMs: number,
): number {
  return Math.max(0, ...limits.map((limit) => attemptWaitMs(limit, records.get(limit.key), nowMs)));
}

/** The record after one more attempt. */
export function withAttempt(
  { windowMs, delayMsMax }: AttemptLimit,
  record: AttemptRecord | undefined,
  nowMs: number,
): AttemptRecord {
  if (record === undefined || record.windowEndsAtMs <= nowMs) {
    return { attempts: 1, windowEndsAtMs: nowMs + windowMs };
  }
  const windowEndsAtMs = delayMsMax === undefined ? record.windowEndsAtMs : nowMs + windowMs;
  return { attempts: record.attempts + 1, windowEndsAtMs };
}
