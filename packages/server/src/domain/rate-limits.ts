/** How often one person, or one room, may do something, whichever way it is asked for. */
import { ChatError } from '@parley/protocol';
import type { Clock } from '../ports/clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** Ids whose allowance is remembered; above it those that are remembered longest are forgotten. */
const REMEMBERED_MAX = 10_000;

export interface RateLimit {
  /** 0 lifts the limit. */
  readonly capacity: number;
  readonly windowMs: number;
}

export class RateLimits<Id extends string> {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  readonly #buckets = new Map<Id, TokenBucket>();

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** @throws {ChatError} RATE_LIMITED. */
  take(id: Id): void {
    const waitMs = this.tryTake(id);
    if (waitMs > 0) {
      throw new ChatError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
    }
  }

  /** Takes one: 0, or the milliseconds until there is one. */
  tryTake(id: Id): number {
    if (this.#limit.capacity === 0) return 0;
    const nowMs = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(id) ?? new TokenBucket(this.#limit, nowMs);
    this.#buckets.set(id, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > REMEMBERED_MAX && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.take(nowMs);
  }
}
