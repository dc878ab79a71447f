/** A message that comes without a connection, as over HTTP: the same command under the same key. */
import {
  ChatError,
  type ClientMessageId,
  type MessageId,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import type { Clock } from '../ports/clock.ts';
import type { Message, User } from '../ports/model.ts';
import { toMessageText } from './message-text.ts';
import type { Parts } from './parts.ts';
import { submitMessage } from './send-message.ts';
import type { DomainSettings } from './settings.ts';
import type { Acknowledgement } from './submit-command.ts';
import { TokenBucket } from './token-bucket.ts';

export interface PostRequest {
  readonly roomId: RoomId;
  readonly content: string;
  readonly clientMessageId: ClientMessageId | undefined;
  readonly parentId: MessageId | undefined;
}

/**
 * Sends a message into a room of which one is a member, and gives it as it is now.
 *
 * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, NOT_FOUND, FORBIDDEN, CONFLICT,
 *   UNAVAILABLE.
 */
export async function postMessage(
  parts: Parts,
  user: User,
  request: PostRequest,
): Promise<{ readonly message: Message; readonly duplicate: boolean }> {
  const content = toMessageText(request.content, parts.settings.contentLengthMax);
  parts.postLimits.take(user.id);
  const { promise, resolve, reject } = Promise.withResolvers<Acknowledgement>();
  submitMessage(parts, { user, connection: undefined }, { ...request, content }, (result) => {
    if (result instanceof ChatError) reject(result);
    else resolve(result);
  });
  const { messageId, duplicate } = await promise;
  const message = await parts.store.log.readMessage(request.roomId, messageId);
  if (message === undefined) throw new ChatError('NOT_FOUND'); // It was pruned since.
  return { message, duplicate };
}

/** People whose allowance is remembered; above it those who are remembered longest are forgotten. */
const PEOPLE_MAX = 10_000;

/** How often a person may send without a connection: as often as over one. */
export class PostLimits {
  readonly #settings: DomainSettings;
  readonly #clock: Clock;
  readonly #buckets = new Map<UserId, TokenBucket>();

  constructor(settings: DomainSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** @throws {ChatError} RATE_LIMITED. */
  take(userId: UserId): void {
    const { messageRateMax: capacity, messageRateWindowMs: windowMs } = this.#settings;
    if (capacity === 0) return;
    const nowMs = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(userId) ?? new TokenBucket({ capacity, windowMs }, nowMs);
    this.#buckets.set(userId, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > PEOPLE_MAX && oldest !== undefined) this.#buckets.delete(oldest);
    const waitMs = bucket.take(nowMs);
    if (waitMs > 0) {
      throw new ChatError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
    }
  }
}
