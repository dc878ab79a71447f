/**
 * Places of clients that send or receive much at the same time. While all are taken, a newcomer gets the place of the
 * slowest client of those users and networks that have the most.
 */
import { ChatError, type UserId } from '@parley/protocol';
import type { Clock } from '../../ports/clock.ts';

export interface PlaceClient {
  /** Clients of the same network share a part of the places. */
  readonly network: string;
  /** Bytes that the client has sent or received. */
  transferredBytes(): number;
  /** Time in which the server waited for the client; default: since the client has its place. */
  waitedMs?(): number;
  /** Ends what the client does, with an error for it. */
  stop(error: ChatError): void;
}

interface PlaceRules {
  /** For errors, such as `uploads`. */
  readonly noun: string;
  /** Places of a user, and of all users of a node. */
  readonly perUserMax: number;
  readonly atOnceMax: number;
  /** Bytes per millisecond below which a client gives way also to those whose shares are as large; default 0. */
  readonly fairRate?: number;
}

interface Place {
  readonly userId: UserId;
  readonly client: PlaceClient | undefined;
  readonly sinceMs: number;
}

/** Time in which a client cannot be called slow. */
const START_MS = 2000;
const RETRY_SECONDS = 5;

export class SharedPlaces {
  readonly #rules: PlaceRules;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #places = new Set<Place>();

  constructor(rules: PlaceRules, clock: Pick<Clock, 'nowMs'>) {
    this.#rules = rules;
    this.#clock = clock;
  }

  /**
   * Takes a place. Returns the function that gives it back.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  take(userId: UserId, client: PlaceClient | undefined): () => void {
    const place = { userId, client, sinceMs: this.#clock.nowMs() };
    const [, own] = this.#sharesOf(place);
    if (own >= this.#rules.perUserMax) throw this.#tooMany();
    if (this.#places.size >= this.#rules.atOnceMax) this.#makeRoomFor(place);
    this.#places.add(place);
    return () => this.#places.delete(place);
  }

  /** @throws {ChatError} RATE_LIMITED. */
  #makeRoomFor(newcomer: Place): void {
    const [network, user] = this.#sharesOf(newcomer);
    const [most] = [...this.#places]
      .map((place) => ({ place, shares: this.#sharesOf(place), rate: this.#rateOf(place) }))
      .filter(({ rate }) => rate < Number.POSITIVE_INFINITY)
      .sort(
        ({ shares: [a, b], rate }, { shares: [c, d], rate: other }) =>
          c - a || d - b || rate - other,
      );
    if (most === undefined) throw this.#tooMany();
    const { place, shares, rate } = most;
    const fairRate = this.#rules.fairRate ?? 0;
    const isFair =
      shares[0] > network ||
      (shares[0] === network && (shares[1] > user || (shares[1] === user && rate < fairRate)));
    if (!isFair) throw this.#tooMany();
    this.#places.delete(place);
    place.client?.stop(
      rejected('The client was too slow while others waited: try again later', RETRY_SECONDS),
    );
  }

  #tooMany(): ChatError {
    return rejected(`Too many ${this.#rules.noun} at the same time`, 1);
  }

  /** The places of its network and of its user. */
  #sharesOf({ userId, client }: Place): readonly [network: number, user: number] {
    const places = [...this.#places];
    const isNear = (place: Place): boolean => place.client?.network === client?.network;
    return [places.filter(isNear).length, places.filter((place) => place.userId === userId).length];
  }

  /** Bytes per millisecond; `Infinity` for those that cannot be ended. */
  #rateOf({ client, sinceMs }: Place): number {
    const ms = this.#clock.nowMs() - sinceMs;
    if (client === undefined || ms < START_MS) return Number.POSITIVE_INFINITY;
    return client.transferredBytes() / Math.max(client.waitedMs?.() ?? ms, 1);
  }
}

function rejected(message: string, retryAfterSeconds: number): ChatError {
  return new ChatError('RATE_LIMITED', { retryAfterSeconds, message });
}
