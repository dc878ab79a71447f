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
  /** Number of tokens for which callers wait for the next lease. */
  waiting = 0;
  pending: Promise<void> | undefined;

  hasLease(nowMs: number, tokens = 1): boolean {
    return this.leasedTokens >= tokens && nowMs < this.leasedUntilMs;
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
   * Takes a token, or as many as are given, at most the capacity. Returns a promise only if a lease
   * must be requested first.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  take(id: Id, tokens = 1): void | Promise<void> {
    const waitMs = this.tryTake(id, tokens);
    return typeof waitMs === 'number' ? rejectWait(waitMs) : waitMs.then(rejectWait);
  }

  /** Takes tokens. Returns 0, or the milliseconds until there are enough. */
  tryTake(id: Id, wanted = 1): number | Promise<number> {
    const tokens = Math.min(wanted, this.#limit.capacity);
    const waitMs = this.waitMs(id, tokens);
    if (waitMs === undefined) {
      return this.requestLease(id, tokens).then(() => this.tryTake(id, tokens));
    }
    if (waitMs === 0) this.use(id, tokens);
    return waitMs;
  }

  /**
   * Milliseconds until there are the tokens; 0 if there are. Undefined if a lease must be requested
   * first. Takes nothing.
   */
  waitMs(id: Id, tokens = 1): number | undefined {
    if (this.#limit.capacity === 0) return 0;
    const bucket = this.#buckets.get(id);
    const nowMs = this.#leases.clock.monotonicMs();
    if (bucket?.hasLease(nowMs, tokens) === true) return 0;
    if (!this.#leases.isUp) return bucket?.waitMs(nowMs, this.#localCost(tokens)) ?? 0;
    const emptyMs = (bucket?.emptyUntilMs ?? 0) - nowMs;
    return emptyMs > 0 ? emptyMs : undefined;
  }

  /**
   * Checks that there is a token, and takes none: for costs that are known only later. Returns a
   * promise only if a lease must be requested first.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  require(id: Id): void | Promise<void> {
    const waitMs = this.waitMs(id);
    if (waitMs === undefined) return this.requestLease(id).then(() => this.require(id));
    rejectWait(waitMs);
  }

  /** Takes tokens after `waitMs` has returned 0. More than there are delay the next ones. */
  use(id: Id, tokens = 1): void {
    if (this.#limit.capacity === 0) return;
    const nowMs = this.#leases.clock.monotonicMs();
    const bucket = this.#buckets.use(id, nowMs);
    // Also if it has fewer than these.
    if (bucket.hasLease(nowMs)) {
      bucket.leasedTokens -= tokens;
      bucket.owe(nowMs, tokens); // For the time when there are no leases.
    } else {
      bucket.owe(nowMs, this.#localCost(tokens));
    }
  }

  /** Requests a lease. Resolves within a bounded time, also if there is none. */
  requestLease(id: Id, tokens = 1): Promise<void> {
    const bucket = this.#buckets.use(id, this.#leases.clock.monotonicMs());
    bucket.waiting += tokens;
    bucket.pending ??= this.#lease(id, bucket);
    return bucket.pending;
  }

  /** If the nodes count alone, each allows its share of the limit. */
  #localCost(tokens: number): number {
    return Math.min(this.#limit.capacity, tokens * this.#leases.nodeCount);
  }

  async #lease(id: Id, bucket: LeasedBucket): Promise<void> {
    await undefined; // One lease for all callers of this moment.
    const { capacity, windowMs } = this.#limit;
    const share = Math.floor((capacity * LEASED_SHARE) / this.#leases.nodeCount);
    const { waiting } = bucket;
    const lease = await this.#leases.lease({
      ...{ limit: this.#name, id, capacity, windowMs },
      tokens: Math.max(share, waiting),
      returned: bucket.leasedTokens,
    });
    const nowMs = this.#leases.clock.monotonicMs();
    if (lease !== undefined) {
      bucket.leasedTokens = lease.tokens;
      bucket.leasedUntilMs = nowMs + windowMs;
      // Fewer than the callers wait for: the rest is there later. Some of the callers may be served.
      const missingMs = Math.max(0, waiting - lease.tokens) * (windowMs / capacity);
      bucket.emptyUntilMs = nowMs + Math.max(lease.waitMs, Math.ceil(missingMs));
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
