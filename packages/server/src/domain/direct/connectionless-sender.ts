/** Sends a message without a connection, as over HTTP: the same command under the same key. */

import {
  type Attachment,
  ChatError,
  type ClientMessageId,
  findMentions,
  type MessageId,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { type Acknowledgement, sentMessageOf } from '../delivery/log-writer.ts';
import type { AttachedFiles } from '../files/attached-files.ts';
import type { MessageRules } from '../messages/message-rules.ts';
import { checkPlace, type MessageSender } from '../messages/message-sender.ts';
import type { RoomCache } from '../messages/room-cache.ts';
import { type RateLimiter, takeOfEach } from '../primitives/rate-limiter.ts';
import { toContent } from '../primitives/text-validation.ts';
import type { DomainSettings } from '../settings.ts';
import type { DirectRoomFinder, UserReference } from './direct-room-finder.ts';

interface ConnectionlessSenderDependencies {
  readonly settings: Pick<DomainSettings, 'contentLengthMax'>;
  readonly store: Pick<Store, 'rooms'>;
  readonly userLimits: Pick<UserRateLimits, 'bytes' | 'messages' | 'posts'>;
  readonly messages: Pick<
    MessageSender,
    'namesHere' | 'namesToReach' | 'reachOutsiders' | 'submit'
  >;
  readonly rules: Pick<MessageRules, 'admit'>;
  readonly roomCache: Pick<RoomCache, 'find'>;
  readonly directRoomFinder: Pick<DirectRoomFinder, 'findOrCreate'>;
  readonly attachedFiles: Pick<AttachedFiles, 'describe'>;
}

interface ConnectionlessMessageRequest {
  /** A room, or the other user of a direct room. */
  readonly to: { readonly roomId: RoomId } | { readonly recipient: UserReference };
  readonly content: string;
  readonly clientMessageId: ClientMessageId | undefined;
  readonly parentId: MessageId | undefined;
  readonly alsoToRoom?: boolean | undefined;
  readonly attachments: readonly Attachment[];
  /** The limit that applies in place of the limit of all posts. */
  readonly limits?: RateLimiter<UserId> | undefined;
}

export interface StoredMessageResult {
  readonly message: Message;
  readonly duplicate: boolean;
  /** The direct room, if a user was named. */
  readonly room: Room | undefined;
  /** Users whom the message mentions in vain; absent if there are none. */
  readonly notReached?: readonly UserId[] | undefined;
}

export class ConnectionlessSender {
  readonly #dependencies: ConnectionlessSenderDependencies;

  constructor(dependencies: ConnectionlessSenderDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Sends a message into a room that the user is a member of, and returns it as it was sent.
   *
   * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, NOT_FOUND, FORBIDDEN, CONFLICT, UNAVAILABLE.
   */
  async send(user: User, request: ConnectionlessMessageRequest): Promise<StoredMessageResult> {
    const { userLimits } = this.#dependencies;
    const { to, clientMessageId, parentId, alsoToRoom, limits = userLimits.posts } = request;
    await userLimits.bytes.require(user.id);
    await takeOfEach(user.id, [limits, userLimits.messages]);
    const content = toContent(request, this.#dependencies.settings.contentLengthMax);
    checkPlace(request);
    const { attachedFiles, messages, roomCache, rules } = this.#dependencies;
    // First: a refused message begins no conversation.
    const attachments = await attachedFiles.describe(user.id, request.attachments);
    const { roomId, room } = await this.#findTargetRoom(user, to);
    const target = room ?? (await roomCache.find(user, roomId));
    await rules.admit(user, target, { content, clientMessageId });
    // Before the message is stored: an error must not answer a message that is stored.
    const reach = await this.#reachOutsiders(user, roomId, content);
    const { promise, resolve, reject } = Promise.withResolvers<Acknowledgement>();
    const here = await messages.namesHere(user, roomId, content);
    const place = { roomId, parentId, alsoToRoom };
    const message = { ...place, content, clientMessageId, attachments, here, reach };
    messages.submit({ user, connection: undefined }, message, (result) => {
      if (result instanceof ChatError) reject(result);
      else resolve(result);
    });
    const acknowledgement = await promise;
    const { duplicate } = acknowledgement;
    const { notReached = [] } = reach ?? {};
    return {
      ...{ message: sentMessageOf(acknowledgement), duplicate, room },
      notReached: notReached.length === 0 ? undefined : notReached,
    };
  }

  async #reachOutsiders(user: User, roomId: RoomId, content: string) {
    if (findMentions(content).names.length === 0) return undefined;
    const { store, messages } = this.#dependencies;
    const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, user.id);
    const names = found?.role === undefined ? [] : messages.namesToReach(found.room, content);
    if (found === undefined || names.length === 0) return undefined;
    return messages.reachOutsiders(user, found.room, names);
  }

  async #findTargetRoom(
    user: User,
    to: ConnectionlessMessageRequest['to'],
  ): Promise<{ readonly roomId: RoomId; readonly room: Room | undefined }> {
    if ('roomId' in to) return { roomId: to.roomId, room: undefined };
    const { room } = await this.#dependencies.directRoomFinder.findOrCreate(user, to.recipient);
    return { roomId: room.id, room };
  }
}
