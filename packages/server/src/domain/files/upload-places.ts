/**
 * Uploads at the same time. While all places are taken, a newcomer gets the place of the slowest upload of
 * those users and networks that have the most.
 */
import { ChatError, type UserId } from '@parley/protocol';
import type { Clock } from '../../ports/clock.ts';

/** The request that brings an upload. */
export interface UploadClient {
  /** Clients of the same network share a part of the places. */
  readonly network: string;
  /** Bytes that have come. */
  receivedBytes(): number;
  /** Reads and decodes no further, and answers with an error. */
  stop(error: ChatError): void;
}

interface Place {
  readonly userId: UserId;
  readonly client: UploadClient | undefined;
  readonly sinceMs: number;
}

/** Uploads of a user, and of all users of a node, at the same time. */
const PER_USER_MAX = 3;
const AT_ONCE_MAX = 100;
/** Time in which an upload cannot be called slow. */
const START_MS = 2000;
const RETRY_SECONDS = 5;

export class UploadPlaces {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #places = new Set<Place>();

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /**
   * Takes a place. Returns the function that gives it back.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  take(userId: UserId, client: UploadClient | undefined): () => void {
    const place = { userId, client, sinceMs: this.#clock.nowMs() };
    const [, own] = this.#sharesOf(place);
    if (own >= PER_USER_MAX) throw rejected('Too many uploads at the same time', 1);
    if (this.#places.size >= AT_ONCE_MAX) this.#makeRoomFor(place);
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
    const isFair =
      most !== undefined &&
      (most.shares[0] > network || (most.shares[0] === network && most.shares[1] > user));
    if (!isFair) throw rejected('Too many uploads at the same time', 1);
    const { place } = most;
    this.#places.delete(place);
    place.client?.stop(
      rejected('The upload was too slow while others waited: try again later', RETRY_SECONDS),
    );
  }

  /** The uploads of its network and of its user. */
  #sharesOf({ userId, client }: Place): readonly [network: number, user: number] {
    const places = [...this.#places];
    const isNear = (place: Place): boolean => place.client?.network === client?.network;
    return [places.filter(isNear).length, places.filter((place) => place.userId === userId).length];
  }

  /** Bytes per millisecond; `Infinity` for those that cannot be ended. */
  #rateOf({ client, sinceMs }: Place): number {
    const ms = this.#clock.nowMs() - sinceMs;
    if (client === undefined || ms < START_MS) return Number.POSITIVE_INFINITY;
    return client.receivedBytes() / ms;
  }
}

function rejected(message: string, retryAfterSeconds: number): ChatError {
  return new ChatError('RATE_LIMITED', { retryAfterSeconds, message });
}
