/** `direct_message`: sends into the direct room of two users, which it creates if needed. */
import type { ClientMessageId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import type { OnAcknowledged } from '../delivery/store-and-broadcast.ts';
import {
  admitSend,
  type SendMessageDependencies,
  submitMessage,
} from '../messages/send-message.ts';
import { toMessageText } from '../primitives/text-validation.ts';
import {
  type DirectRoomDependencies,
  findOpenDirectRoom,
  findOrCreateDirectRoom,
  findOtherUser,
  type UserReference,
} from './find-or-create-direct-room.ts';

export type SendDirectMessageDependencies = SendMessageDependencies & DirectRoomDependencies;

export interface DirectMessageRequest {
  readonly recipient: UserReference;
  readonly content: string;
  /** Maximum number of code points in this dialect. */
  readonly contentLengthMax: number;
  readonly clientMessageId: ClientMessageId | undefined;
}

/**
 * Sends a message into the direct room with the recipient.
 *
 * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, NOT_FOUND, FORBIDDEN, UNAVAILABLE;
 *   then nothing was stored, and `onAcknowledged` is not called.
 */
export async function sendDirectMessage(
  dependencies: SendDirectMessageDependencies,
  connection: ChatConnection,
  request: DirectMessageRequest,
  onAcknowledged: OnAcknowledged,
): Promise<void> {
  admitSend(dependencies, connection);
  const content = toMessageText(request.content, request.contentLengthMax);
  const { user } = connection;
  const room = await findRoom(dependencies, connection, request.recipient);
  dependencies.typing.stop(connection, { room });
  const { clientMessageId } = request;
  const defaults = { parentId: undefined, attachments: [] };
  const message = { roomId: room.id, content, clientMessageId, ...defaults };
  submitMessage(dependencies, { user, connection }, message, onAcknowledged);
}

/** Asks the store only for a room that is not open on the connection. */
async function findRoom(
  dependencies: SendDirectMessageDependencies,
  connection: ChatConnection,
  recipient: UserReference,
): Promise<Room> {
  const { user } = connection;
  const id =
    recipient.kind === 'id'
      ? recipient.id
      : (await findOtherUser(dependencies, user, recipient)).id;
  const open = findOpenDirectRoom(connection, id);
  return open?.room ?? (await findOrCreateDirectRoom(dependencies, user, recipient)).room;
}
