/**
 * Reads of users: each has a budget over all connections, dialects, routes and nodes, and users take
 * turns on a node, so that the reads of one user delay those of another by at most one read. A read
 * asks the store several times, and waits each time for all that is there: users who read faster
 * than people do share two places, so that several of them delay the others no more than two do.
 */

import { LIMITS, type UserId } from '@parley/protocol';
import { BucketTable } from '../../model/bucket-table.ts';
import { type RateLimit, TokenBucket } from '../../model/token-bucket.ts';
import type { Clock } from '../../ports/clock.ts';
import { ConcurrencyLimiter } from '../primitives/concurrency-limiter.ts';
import type { UserRateLimits } from './user-rate-limits.ts';

interface UserReadsDependencies {
  readonly clock: Pick<Clock, 'monotonicMs' | 'schedule'>;
  readonly userLimits: Pick<UserRateLimits, 'reads'>;
}

/** Reads of all users that run at once; each user has one of them. */
const READS_AT_ONCE_MAX = 32;
/** Of these, reads of users beyond the pace of a person: of two, the thread of a store is not idle. */
const FAST_READS_AT_ONCE_MAX = 2;
/**
 * 40 pages a second, of a person who scrolls fast, after as many as a page with many rooms reads when it
 * opens: when all users are back after a restart, they do not wait for two places.
 */
const PERSON_PACE: RateLimit = { capacity: 160, windowMs: 4_000 };
const READS_WAITING_MAX = 20_000;
/** A read that takes longer, for example in a room that hangs, gives its turn back meanwhile. */
const TURN_MS_MAX = 100;

/** A user, or what belongs to one: a connection, an identity. */
type Owner = { readonly id: UserId } | { readonly user: { readonly id: UserId } };

type Method<Args extends readonly unknown[] = never> = (...args: Args) => Promise<unknown>;

/** Costs of some methods, whose first parameter is the reader, in pages. */
type Costs<Service> = {
  readonly [Name in keyof Service]?: Service[Name] extends Method
    ? (...args: Parameters<Service[Name]>) => number
    : never;
};

/** Not the promise alone, which would be awaited. */
interface Begun {
  readonly reading: Promise<unknown>;
}

export class UserReads {
  readonly #dependencies: UserReadsDependencies;
  readonly #turns = new ConcurrencyLimiter({
    atOnceMax: READS_AT_ONCE_MAX,
    perKeyMax: 1,
    waitingMax: READS_WAITING_MAX,
  });

  readonly #fastTurns = new ConcurrencyLimiter({
    atOnceMax: FAST_READS_AT_ONCE_MAX,
    perKeyMax: 1,
    waitingMax: READS_WAITING_MAX,
  });
  readonly #paces = new BucketTable<UserId, TokenBucket>(
    (nowMs) => new TokenBucket(PERSON_PACE, nowMs),
  );

  constructor(dependencies: UserReadsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * The service with some of its methods under the budget, for gateways and routes. These methods
   * reject with {ChatError} RATE_LIMITED if the user has no budget left. Services that use each
   * other must use the original, because a read within a read would wait for itself.
   */
  limit<Service extends object>(
    service: Service,
    costs: Costs<Service>,
  ): Pick<Service, keyof Service> {
    const limited = membersOf(service);
    for (const [name, costOf] of Object.entries(costs)) {
      // Both have the type of this method.
      const read = limited[name] as Method<readonly unknown[]>;
      const cost = costOf as (...args: readonly unknown[]) => number;
      limited[name] = (...args: readonly unknown[]) =>
        this.#read(ownerOf(args[0] as Owner), cost(...args), () => read(...args));
    }
    return limited as Pick<Service, keyof Service>;
  }

  async #read(userId: UserId, pages: number, read: () => Promise<unknown>): Promise<unknown> {
    const taken = pages === 0 ? undefined : this.#dependencies.userLimits.reads.take(userId, pages);
    if (taken !== undefined) await taken;
    const begin = () => this.#beginInTurn(userId, read);
    const isFast = this.#isFast(userId, pages);
    const { reading } = await (isFast ? this.#fastTurns.run(userId, begin) : begin());
    return reading;
  }

  /** Resolves when the read has ended, or is late. */
  async #beginInTurn(userId: UserId, read: () => Promise<unknown>): Promise<Begun> {
    return this.#turns.run(userId, async () => {
      const reading = read();
      await this.#endedOrLate(reading);
      return { reading };
    });
  }

  #isFast(userId: UserId, pages: number): boolean {
    const nowMs = this.#dependencies.clock.monotonicMs();
    const pace = this.#paces.use(userId, nowMs);
    const isFast = pace.waitMs(nowMs) > 0;
    pace.drain(nowMs, pages);
    return isFast;
  }

  async #endedOrLate(reading: Promise<unknown>): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = this.#dependencies.clock.schedule(TURN_MS_MAX, () => late.resolve());
    await Promise.race([reading.catch(() => {}), late.promise]);
    timer.cancel();
  }
}

/** The cost of a list with this many rows, in pages. */
export function pagesOf({ limit }: { readonly limit?: number | undefined }): number {
  return Math.ceil((limit ?? LIMITS.historyPageDefault) / LIMITS.historyPageDefault);
}

function ownerOf(owner: Owner): UserId {
  return 'user' in owner ? owner.user.id : owner.id;
}

/** The public methods and getters of an instance, bound to it. */
function membersOf(service: object): Record<string, unknown> {
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(
    Object.getPrototypeOf(service) as object,
  );
  const bound = Object.entries(members).map(([name, { get, value }]) =>
    get === undefined
      ? [name, { value: value.bind(service), writable: true, enumerable: true }]
      : [name, { get: get.bind(service), enumerable: true }],
  );
  return Object.defineProperties({}, Object.fromEntries(bound));
}
