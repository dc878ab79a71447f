/** Sends a message without a connection, as over HTTP: the same command under the same key. */

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
import type { UserRateLimits } from '../accounts/user-rate-limits.ts';
import type { Acknowledgement } from '../delivery/store-and-broadcast.ts';
import type { DirectRoomDependencies } from '../direct/find-or-create-direct-room.ts';
import {
  findOrCreateDirectRoom,
  type UserReference,
} from '../direct/find-or-create-direct-room.ts';
import { type RateLimiter, takeOfEach } from '../primitives/rate-limiter.ts';
import { toMessageText } from '../primitives/text-validation.ts';
import type { DomainSettings } from '../settings.ts';
import {
  type AcknowledgedMessageDependencies,
  readAcknowledgedMessage,
} from './read-acknowledged-message.ts';
import { type SubmitMessageDependencies, submitMessage } from './send-message.ts';

export type SendWithoutConnectionDependencies = SubmitMessageDependencies &
  AcknowledgedMessageDependencies &
  DirectRoomDependencies & {
    readonly settings: Pick<DomainSettings, 'contentLengthMax'>;
    readonly userLimits: Pick<UserRateLimits, 'messages' | 'posts'>;
  };

export interface ConnectionlessMessageRequest {
  /** A room, or the other user of a direct room. */
  readonly to: { readonly roomId: RoomId } | { readonly recipient: UserReference };
  readonly content: string;
  readonly clientMessageId: ClientMessageId | undefined;
  readonly parentId: MessageId | undefined;
  readonly attachments: readonly Attachment[];
  /** The limit that applies in place of the limit of all posts. */
  readonly limits?: RateLimiter<UserId> | undefined;
}

export interface StoredMessageResult {
  readonly message: Message;
  readonly duplicate: boolean;
  /** The direct room, if a user was named. */
  readonly room: Room | undefined;
}

/**
 * Sends a message into a room that the user is a member of, and returns it as it was sent.
 *
 * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, NOT_FOUND, FORBIDDEN, CONFLICT, UNAVAILABLE.
 */
export async function sendWithoutConnection(
  dependencies: SendWithoutConnectionDependencies,
  user: User,
  request: ConnectionlessMessageRequest,
): Promise<StoredMessageResult> {
  const { userLimits } = dependencies;
  const { to, clientMessageId, parentId, attachments, limits = userLimits.posts } = request;
  takeOfEach(user.id, [limits, userLimits.messages]);
  const content = toMessageText(request.content, dependencies.settings.contentLengthMax);
  const { roomId, room } = await findTargetRoom(dependencies, user, to);
  const { promise, resolve, reject } = Promise.withResolvers<Acknowledgement>();
  const message = { roomId, content, clientMessageId, parentId, attachments };
  submitMessage(dependencies, { user, connection: undefined }, message, (result) => {
    if (result instanceof ChatError) reject(result);
    else resolve(result);
  });
  const acknowledgement = await promise;
  const { duplicate } = acknowledgement;
  return { message: await readAcknowledgedMessage(dependencies, acknowledgement), duplicate, room };
}

async function findTargetRoom(
  dependencies: SendWithoutConnectionDependencies,
  user: User,
  to: ConnectionlessMessageRequest['to'],
): Promise<{ readonly roomId: RoomId; readonly room: Room | undefined }> {
  if ('roomId' in to) return { roomId: to.roomId, room: undefined };
  const { room } = await findOrCreateDirectRoom(dependencies, user, to.recipient);
  return { roomId: room.id, room };
}
