/** A message that comes without a connection, as over HTTP: the same command under the same key. */
import {
  type Attachment,
  ChatError,
  type ClientMessageId,
  type MessageId,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { Acknowledgement } from '../delivery/store-and-broadcast.ts';
import { findOrCreateDirectRoom, type PersonReference } from '../direct/send-direct-message.ts';
import type { Parts } from '../parts.ts';
import { type RateLimiter, takeOfEach } from '../primitives/rate-limiter.ts';
import { toMessageText } from './message-text.ts';
import { submitMessage } from './send-message.ts';
import { findSent } from './sent-message.ts';

export interface ConnectionlessMessageRequest {
  /** A room, or the person in the conversation with whom it is said. */
  readonly to: { readonly roomId: RoomId } | { readonly recipient: PersonReference };
  readonly content: string;
  readonly clientMessageId: ClientMessageId | undefined;
  readonly parentId: MessageId | undefined;
  readonly attachments: readonly Attachment[];
  /** What it is taken from, where that is not the budget of all posts. */
  readonly limits?: RateLimiter<UserId> | undefined;
}

export interface StoredMessageResult {
  readonly message: Message;
  readonly duplicate: boolean;
  /** The conversation, where a person was named. */
  readonly room: Room | undefined;
}

/**
 * Sends a message into a room of which one is a member, and gives it as it was sent.
 *
 * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, NOT_FOUND, FORBIDDEN, CONFLICT,
 *   UNAVAILABLE.
 */
export async function sendWithoutConnection(
  parts: Parts,
  user: User,
  request: ConnectionlessMessageRequest,
): Promise<StoredMessageResult> {
  const { userLimits } = parts;
  const { to, clientMessageId, parentId, attachments, limits = userLimits.posts } = request;
  takeOfEach(user.id, [limits, userLimits.messages]);
  const content = toMessageText(request.content, parts.settings.contentLengthMax);
  const { roomId, room } = await findPlace(parts, user, to);
  const { promise, resolve, reject } = Promise.withResolvers<Acknowledgement>();
  const said = { roomId, content, clientMessageId, parentId, attachments };
  submitMessage(parts, { user, connection: undefined }, said, (result) => {
    if (result instanceof ChatError) reject(result);
    else resolve(result);
  });
  const acknowledgement = await promise;
  const { duplicate } = acknowledgement;
  return { message: await findSent(parts, acknowledgement), duplicate, room };
}

async function findPlace(
  parts: Parts,
  user: User,
  to: ConnectionlessMessageRequest['to'],
): Promise<{ readonly roomId: RoomId; readonly room: Room | undefined }> {
  if ('roomId' in to) return { roomId: to.roomId, room: undefined };
  const { room } = await findOrCreateDirectRoom(parts, user, to.recipient);
  return { roomId: room.id, room };
}
