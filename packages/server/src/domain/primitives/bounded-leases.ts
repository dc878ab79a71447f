/**
 * Leases of tokens within a bounded time. After a failure, the node decides alone for a while, so
 * that no command waits for a server that does not answer.
 */
import type { Lease, LeaseRequest } from '../../model/token-bucket.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TokenLeases } from '../../ports/token-leases.ts';

interface BoundedLeasesDependencies {
  readonly clock: Clock;
  readonly leases: TokenLeases;
  /** Number of nodes that share the limits, this node included. */
  readonly nodeCount: () => number;
}

const TIMEOUT_MS = 200;
/** Time after a failure in which no lease is requested. */
const PAUSE_MS = 1000;

export class BoundedLeases {
  readonly clock: Clock;
  readonly #leases: TokenLeases;
  readonly #nodeCount: () => number;
  #pausedUntilMs = 0;

  constructor({ clock, leases, nodeCount }: BoundedLeasesDependencies) {
    this.clock = clock;
    this.#leases = leases;
    this.#nodeCount = nodeCount;
  }

  get isUp(): boolean {
    return this.#leases.isUp && this.clock.monotonicMs() >= this.#pausedUntilMs;
  }

  get nodeCount(): number {
    return this.#nodeCount();
  }

  /** Resolves with undefined, and `isUp` is false then, if there is no answer in time. */
  async lease(request: LeaseRequest): Promise<Lease | undefined> {
    const late = Promise.withResolvers<undefined>();
    const timer = this.clock.schedule(TIMEOUT_MS, () => late.resolve(undefined));
    const answer = this.#leases.lease(request).catch(() => undefined);
    const lease = await Promise.race([answer, late.promise]);
    timer.cancel();
    if (lease === undefined) this.#pausedUntilMs = this.clock.monotonicMs() + PAUSE_MS;
    return lease;
  }
}
