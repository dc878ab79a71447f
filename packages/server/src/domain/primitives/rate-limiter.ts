/**
 * Limits how often a user, or a room, may do something, over all dialects, routes, connections and
 * nodes. Nodes lease tokens of a shared bucket; a node that cannot have a lease counts alone, and
 * then each node allows its share of the limit.
 */

import { ChatError } from '@parley/protocol';
import { BucketTable } from '../../model/bucket-table.ts';
import { type RateLimit, TokenBucket } from '../../model/token-bucket.ts';
import type { BoundedLeases } from './bounded-leases.ts';

/** Share of a limit that the leases of all nodes together may hold back. */
const LEASED_SHARE = 1 / 8;

/** Counts the tokens that this node has used, and holds those that it has leased. */
class LeasedBucket extends TokenBucket {
  leasedTokens = 0;
  leasedUntilMs = 0;
  /** When the shared bucket has a token again. */
  emptyUntilMs = 0;
  /** Number of callers that wait for the next lease. */
  waiting = 0;
  pending: Promise<void> | undefined;

  hasLease(nowMs: number): boolean {
    return this.leasedTokens > 0 && nowMs < this.leasedUntilMs;
  }

  override isFull(nowMs: number): boolean {
    const isUnused = !this.hasLease(nowMs) && this.pending === undefined;
    return isUnused && nowMs >= this.emptyUntilMs && super.isFull(nowMs);
  }
}

export class RateLimiter<Id extends string> {
  readonly #name: string;
  readonly #limit: RateLimit;
  readonly #leases: BoundedLeases;
  readonly #buckets: BucketTable<Id, LeasedBucket>;

  /** @param name Unique among the limits. */
  constructor(name: string, limit: RateLimit, leases: BoundedLeases, bucketsMax?: number) {
    this.#name = name;
    this.#limit = limit;
    this.#leases = leases;
    this.#buckets = new BucketTable((nowMs) => new LeasedBucket(limit, nowMs), bucketsMax);
  }

  get bucketCount(): number {
    return this.#buckets.size;
  }

  /**
   * Takes a token. Returns a promise only if a lease must be requested first.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  take(id: Id): void | Promise<void> {
    const waitMs = this.tryTake(id);
    return typeof waitMs === 'number' ? rejectWait(waitMs) : waitMs.then(rejectWait);
  }

  /** Takes a token. Returns 0, or the milliseconds until there is one. */
  tryTake(id: Id): number | Promise<number> {
    const waitMs = this.waitMs(id);
    if (waitMs === undefined) return this.requestLease(id).then(() => this.tryTake(id));
    if (waitMs === 0) this.use(id);
    return waitMs;
  }

  /**
   * Milliseconds until there is a token; 0 if there is one. Undefined if a lease must be requested
   * first. Takes nothing.
   */
  waitMs(id: Id): number | undefined {
    if (this.#limit.capacity === 0) return 0;
    const bucket = this.#buckets.get(id);
    const nowMs = this.#leases.clock.monotonicMs();
    if (bucket?.hasLease(nowMs) === true) return 0;
    if (!this.#leases.isUp) return bucket?.waitMs(nowMs, this.#localCost) ?? 0;
    const emptyMs = (bucket?.emptyUntilMs ?? 0) - nowMs;
    return emptyMs > 0 ? emptyMs : undefined;
  }

  /** Takes a token after `waitMs` has returned 0. */
  use(id: Id): void {
    if (this.#limit.capacity === 0) return;
    const nowMs = this.#leases.clock.monotonicMs();
    const bucket = this.#buckets.use(id, nowMs);
    if (bucket.hasLease(nowMs)) {
      bucket.leasedTokens -= 1;
      bucket.drain(nowMs); // For the time when there are no leases.
    } else {
      bucket.drain(nowMs, this.#localCost);
    }
  }

  /** Requests a lease. Resolves within a bounded time, also if there is none. */
  requestLease(id: Id): Promise<void> {
    const bucket = this.#buckets.use(id, this.#leases.clock.monotonicMs());
    bucket.waiting += 1;
    bucket.pending ??= this.#lease(id, bucket);
    return bucket.pending;
  }

  /** If the nodes count alone, each allows its share of the limit. */
  get #localCost(): number {
    return Math.min(this.#limit.capacity, this.#leases.nodeCount);
  }

  async #lease(id: Id, bucket: LeasedBucket): Promise<void> {
    await undefined; // One lease for all callers of this moment.
    const { capacity, windowMs } = this.#limit;
    const share = Math.floor((capacity * LEASED_SHARE) / this.#leases.nodeCount);
    const lease = await this.#leases.lease({
      ...{ limit: this.#name, id, capacity, windowMs },
      tokens: Math.max(share, bucket.waiting),
      returned: bucket.leasedTokens,
    });
    const nowMs = this.#leases.clock.monotonicMs();
    if (lease !== undefined) {
      bucket.leasedTokens = lease.tokens;
      bucket.leasedUntilMs = nowMs + windowMs;
      bucket.emptyUntilMs = nowMs + lease.waitMs;
    }
    bucket.waiting = 0;
    bucket.pending = undefined;
  }
}

/**
 * Takes one token of each limit, or none at all: a rejected attempt costs nothing.
 *
 * @throws {ChatError} RATE_LIMITED.
 */
export async function takeOfEach<Id extends string>(
  id: Id,
  limits: readonly RateLimiter<Id>[],
): Promise<void> {
  const waits = limits.map((limit) => limit.waitMs(id));
  const undecided = limits.filter((_limit, index) => waits[index] === undefined);
  if (undecided.length > 0) {
    await Promise.all(undecided.map((limit) => limit.requestLease(id)));
    return takeOfEach(id, limits);
  }
  rejectWait(Math.max(...waits.map((wait) => wait ?? 0)));
  for (const limit of limits) limit.use(id);
}

/** @throws {ChatError} RATE_LIMITED if the wait is longer than 0. */
export function rejectWait(waitMs: number): void {
  if (waitMs <= 0) return;
  throw new ChatError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
}
