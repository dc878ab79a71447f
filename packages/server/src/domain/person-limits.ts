/** How often one person may do something, whichever way it is asked for. */
import { ChatError, type UserId } from '@parley/protocol';
import type { Clock } from '../ports/clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** People whose allowance is remembered; above it those who are remembered longest are forgotten. */
const PEOPLE_MAX = 10_000;

export interface PersonLimit {
  /** 0 lifts the limit. */
  readonly capacity: number;
  readonly windowMs: number;
}

export class PersonLimits {
  readonly #limit: PersonLimit;
  readonly #clock: Clock;
  readonly #buckets = new Map<UserId, TokenBucket>();

  constructor(limit: PersonLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** @throws {ChatError} RATE_LIMITED. */
  take(userId: UserId): void {
    if (this.#limit.capacity === 0) return;
    const nowMs = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(userId) ?? new TokenBucket(this.#limit, nowMs);
    this.#buckets.set(userId, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > PEOPLE_MAX && oldest !== undefined) this.#buckets.delete(oldest);
    const waitMs = bucket.take(nowMs);
    if (waitMs > 0) {
      throw new ChatError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
    }
  }
}
