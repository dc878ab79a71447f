/** `chat_message`: validates and submits messages in the order of arrival. */

import {
  type Attachment,
  ChatError,
  type ClientMessageId,
  fileIdOf,
  findMentions,
  type MessageId,
  type RoomId,
} from '@parley/protocol';
import type { CommandOf } from '../../model/log-command.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger } from '../../ports/logger.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { openRoomOf, whenOpened } from '../delivery/connection-room-lookup.ts';
import type { Author, LogWriter, OnAcknowledged } from '../delivery/log-writer.ts';
import type { AttachedFiles } from '../files/attached-files.ts';
import type { Typing } from '../presence/typing.ts';
import { rejectWait } from '../primitives/rate-limiter.ts';
import { toContent } from '../primitives/text-validation.ts';
import {
  type HereMentionsDependencies,
  mentionsHere,
  namesOfPresent,
  withNames,
} from './here-mentions.ts';
import {
  MEMBERS_ONLY,
  type MentionedOutsidersDependencies,
  namesToReach,
  type Reach,
  reachOutsiders,
  withUnreached,
} from './mentioned-outsiders.ts';
import type { MessageRules } from './message-rules.ts';
import { findInjectionPattern } from './script-and-sql-detector.ts';

interface MessageSenderDependencies
  extends MentionedOutsidersDependencies,
    HereMentionsDependencies {
  readonly store: MentionedOutsidersDependencies['store'];
  readonly clock: Pick<Clock, 'monotonicMs' | 'nowMs'>;
  readonly secrets: Pick<Crypto, 'newId'>;
  readonly logger: Logger;
  readonly logWriter: Pick<LogWriter, 'submit'>;
  readonly typing: Pick<Typing, 'stop'>;
  readonly attachedFiles: Pick<AttachedFiles, 'describe'>;
  readonly rules: Pick<MessageRules, 'admit'>;
  readonly userLimits: Pick<
    UserRateLimits,
    'messages' | 'bytes' | 'changes' | 'requests' | 'requestsOfPair'
  >;
}

interface MessageRequest {
  /** Undefined: the only room that is open on the connection. */
  readonly roomId: RoomId | undefined;
  readonly content: string;
  /** Maximum number of code points in this dialect. */
  readonly contentLengthMax: number;
  readonly clientMessageId: ClientMessageId | undefined;
  /** The message that this message replies to. */
  readonly parentId: MessageId | undefined;
  /** A reply is also a message of the room. */
  readonly alsoToRoom?: boolean | undefined;
  /** Validated by their schema. */
  readonly attachments: readonly Attachment[];
  /** Further checks of the dialect, after all others. @throws {ChatError} VALIDATION_ERROR. */
  readonly checkText?: (text: string) => void;
}

export class MessageSender {
  readonly #dependencies: MessageSenderDependencies;

  constructor(dependencies: MessageSenderDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Sends a message into a room that is open on the connection.
   *
   * Returns a promise only if the limits of the user must be leased first, the room is opening, files are
   * attached, or the message mentions users.
   *
   * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, NOT_IN_ROOM, UNAVAILABLE; then
   *   nothing was stored, and `onAcknowledged` is not called.
   */
  send(
    connection: ChatConnection,
    request: MessageRequest,
    onAcknowledged: OnAcknowledged,
  ): void | Promise<void> {
    // Before the text is validated: rejected messages count too.
    const admitting = this.admit(connection);
    if (admitting === undefined) return this.#sendAdmitted(connection, request, onAcknowledged);
    return admitting.then(() => this.#sendAdmitted(connection, request, onAcknowledged));
  }

  #sendAdmitted(
    connection: ChatConnection,
    request: MessageRequest,
    onAcknowledged: OnAcknowledged,
  ): void | Promise<void> {
    const opening = whenOpened(connection, request.roomId);
    if (opening !== undefined) {
      return opening.then(() => this.#sendAdmitted(connection, request, onAcknowledged));
    }
    const content = toContent(request, request.contentLengthMax);
    checkPlace(request);
    const { stream } = openRoomOf(connection, request.roomId);
    request.checkText?.(content);
    const { clientMessageId } = request;
    const { rules } = this.#dependencies;
    const admitting = rules.admit(connection.user, stream.room, { content, clientMessageId });
    const send = () => this.#sendChecked(connection, { ...request, content }, onAcknowledged);
    return admitting === undefined ? send() : admitting.then(send);
  }

  /** @param request With the text as it is stored. */
  #sendChecked(
    connection: ChatConnection,
    request: MessageRequest,
    onAcknowledged: OnAcknowledged,
  ): void | Promise<void> {
    const { content } = request;
    // The room may have been closed on this connection meanwhile.
    const subscription = openRoomOf(connection, request.roomId);
    const { room } = subscription.stream;
    const { clientMessageId, parentId, alsoToRoom } = request;
    const { attachedFiles, typing } = this.#dependencies;
    typing.stop(connection, subscription.stream);
    const attachments = attachedFiles.describe(connection.user.id, request.attachments);
    const message = { roomId: room.id, content, clientMessageId, parentId, alsoToRoom };
    const names = this.namesToReach(room, content);
    const present = this.namesHere(connection.user, room.id, content);
    if (names.length === 0 && present === undefined && !(attachments instanceof Promise)) {
      return this.#submit(connection, { ...message, attachments }, onAcknowledged);
    }
    const reaching =
      names.length === 0 ? MEMBERS_ONLY : this.reachOutsiders(connection.user, room, names);
    return Promise.all([attachments, reaching, present]).then(([described, reach, here]) =>
      this.#submit(
        connection,
        { ...message, attachments: described, here, reach },
        withUnreached(onAcknowledged, reach.notReached),
      ),
    );
  }

  #submit(
    connection: ChatConnection,
    message: Parameters<MessageSender['submit']>[1],
    onAcknowledged: OnAcknowledged,
  ): void {
    const { roomId } = message;
    const messageId = this.submit({ user: connection.user, connection }, message, onAcknowledged);
    const connectionId = connection.id;
    this.#dependencies.logger.record({
      event: 'message.received',
      connectionId,
      roomId,
      messageId,
    });
  }

  /** Names of users who may come into the room with the message. */
  namesToReach(room: Room, content: string): readonly string[] {
    return namesToReach(this.#dependencies, room, findMentions(content).names);
  }

  /** As `reachOutsiders` of the room. */
  reachOutsiders(author: User, room: Room, names: readonly string[]): Promise<Reach> {
    return reachOutsiders(this.#dependencies, author, room, names);
  }

  /** Those whom `@here` means now; undefined if the text does not have it. @throws {ChatError} VALIDATION_ERROR. */
  namesHere(author: User, roomId: RoomId, content: string): Promise<readonly string[]> | undefined {
    return mentionsHere(content) ? namesOfPresent(this.#dependencies, author, roomId) : undefined;
  }

  /** Submits a validated message, whose files are described. @throws {ChatError} UNAVAILABLE. */
  submit(
    author: Author,
    {
      here = [],
      reach = MEMBERS_ONLY,
      ...message
    }: Pick<
      CommandOf<'message'>,
      'roomId' | 'content' | 'clientMessageId' | 'parentId' | 'alsoToRoom' | 'attachments'
    > & {
      readonly here?: readonly string[] | undefined;
      /** The users outside whom the text mentions. */
      readonly reach?: Reach | undefined;
    },
    onAcknowledged: OnAcknowledged,
  ): MessageId {
    const { content, parentId, alsoToRoom, attachments } = message;
    const messageId = this.#dependencies.secrets.newId() as MessageId; // Generated here: the cast is safe.
    const command = {
      // First, so that V8 copies the fields at once.
      ...message,
      kind: 'message',
      messageId,
      mentions: withNames(findMentions(content), here),
      ...(reach.admits.length > 0 && { admits: reach.admits }),
    } as const;
    // The same in every dialect and route.
    const place = alsoToRoom === true ? [parentId, 'also to room'] : [parentId ?? null];
    const identity = ['message', content, ...place, ...toIdentity(attachments)];
    const { onStored } = reach;
    this.#dependencies.logWriter.submit(author, command, { identity, onAcknowledged, onStored });
    const bytes = Buffer.byteLength(content) + Buffer.byteLength(JSON.stringify(attachments));
    this.#dependencies.userLimits.bytes.use(author.user.id, bytes);
    const pattern = findInjectionPattern(content);
    if (pattern !== undefined) {
      const { roomId } = message;
      const { id: userId } = author.user;
      this.#dependencies.logger.record({
        event: 'message.suspicious',
        userId,
        roomId,
        messageId,
        pattern,
      });
    }
    return messageId;
  }

  /**
   * Takes one message from the limits of the user and of the connection, or from neither.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  admit(connection: ChatConnection): void | Promise<void> {
    const { clock, userLimits } = this.#dependencies;
    const { id } = connection.user;
    const nowMs = clock.monotonicMs();
    rejectWait(connection.sendWaitMs(nowMs));
    const requiring = userLimits.bytes.require(id);
    if (requiring !== undefined) return requiring.then(() => this.admit(connection));
    const taking = userLimits.messages.take(id);
    if (taking === undefined) return connection.countSend(nowMs);
    return taking.then(() => connection.countSend(clock.monotonicMs()));
  }
}

/** @throws {ChatError} VALIDATION_ERROR. */
export function checkPlace({
  parentId,
  alsoToRoom,
}: Pick<MessageRequest, 'parentId' | 'alsoToRoom'>): void {
  if (alsoToRoom !== true || parentId !== undefined) return;
  const message = "The field 'alsoToRoom' is for replies: name the message in 'parentMessageId'";
  throw new ChatError('VALIDATION_ERROR', { field: 'alsoToRoom', message });
}

/**
 * Omitted without attachments, so that retries match messages of versions that had none. The order
 * of fields does not matter. A file is its id: its description is gone when the message is.
 */
function toIdentity(attachments: readonly Attachment[]): unknown[] {
  if (attachments.length === 0) return [];
  const inOrder = (attachment: Attachment): unknown => {
    if (typeof attachment === 'string') return attachment;
    const fileId = fileIdOf(attachment);
    const { alt = null } = attachment;
    const fields = fileId === undefined ? attachment : { alt, fileId };
    return Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1));
  };
  return [attachments.map(inOrder)];
}
