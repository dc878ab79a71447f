/**
 * Limits how often a user, or a room, may do something, over all dialects, routes and connections.
 */

import { ChatError } from '@parley/protocol';
import type { Clock } from '../../ports/clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** More than a server's maximum number of connections, so that no active user loses a bucket. */
const BUCKETS_MAX = 100_000;
/** Number of full buckets that a new bucket removes: more than one, so that their number falls. */
const CLEARED_PER_BUCKET = 2;

export interface RateLimit {
  /** 0 disables the limit. */
  readonly capacity: number;
  readonly windowMs: number;
}

export class RateLimiter<Id extends string> {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  readonly #bucketsMax: number;
  /** In order of last use. A bucket unused for a window is full. */
  readonly #buckets = new Map<Id, TokenBucket>();

  constructor(limit: RateLimit, clock: Clock, bucketsMax = BUCKETS_MAX) {
    this.#limit = limit;
    this.#clock = clock;
    this.#bucketsMax = bucketsMax;
  }

  get bucketCount(): number {
    return this.#buckets.size;
  }

  /** @throws {ChatError} RATE_LIMITED. */
  take(id: Id): void {
    rejectWait(this.tryTake(id));
  }

  /** Takes a token. Returns 0, or the milliseconds until there is one. */
  tryTake(id: Id): number {
    if (this.#limit.capacity === 0) return 0;
    const nowMs = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(id) ?? this.#newBucket(nowMs);
    const waitMs = bucket.take(nowMs);
    this.#buckets.delete(id); // Moves to the end.
    this.#buckets.set(id, bucket);
    return waitMs;
  }

  /** Milliseconds until `tryTake` would succeed; 0 if it would now. Takes nothing. */
  waitMs(id: Id): number {
    return this.#buckets.get(id)?.waitMs(this.#clock.monotonicMs()) ?? 0;
  }

  #newBucket(nowMs: number): TokenBucket {
    let leftToClear = CLEARED_PER_BUCKET;
    for (const [id, bucket] of this.#buckets) {
      const mustClear = this.#buckets.size >= this.#bucketsMax;
      if (!mustClear && (leftToClear === 0 || !bucket.isFull(nowMs))) break;
      this.#buckets.delete(id);
      leftToClear -= 1;
    }
    return new TokenBucket(this.#limit, nowMs);
  }
}

/**
 * Takes one token of each limit, or none at all: a rejected attempt costs nothing.
 *
 * @throws {ChatError} RATE_LIMITED.
 */
export function takeOfEach<Id extends string>(id: Id, limits: readonly RateLimiter<Id>[]): void {
  rejectWait(Math.max(...limits.map((limit) => limit.waitMs(id))));
  for (const limit of limits) limit.tryTake(id);
}

/** @throws {ChatError} RATE_LIMITED if the wait is longer than 0. */
export function rejectWait(waitMs: number): void {
  if (waitMs <= 0) return;
  throw new ChatError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
}
