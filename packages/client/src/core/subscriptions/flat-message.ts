/** The fields that messages of both dialects share on the wire, as those of the client. */
import type { Attachment, ClientMessageId, MessageId, UserId } from '@parley/protocol';
import type { Message } from '../messages/message.ts';

interface FlatMessage {
  readonly id: MessageId;
  readonly senderId: UserId;
  readonly senderName: string;
  readonly content: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly sequence: number;
  readonly clientMessageId?: ClientMessageId;
  readonly attachments?: readonly Attachment[];
  readonly editedAt?: string;
  readonly deleted?: true;
}

export interface WirePage<W> {
  readonly messages: readonly W[];
  readonly hasMore: boolean;
}

/** Without the room, whose field has another name in each dialect. */
export function messageOfWire(wire: FlatMessage): Omit<Message, 'roomId'> {
  const { id, senderId: userId, senderName: sender, content, sequence, clientMessageId } = wire;
  return {
    id,
    userId,
    sender,
    content,
    sequence,
    sentAtMs: Date.parse(wire.createdAt),
    reactions: [],
    isPinned: false,
    attachments: wire.attachments ?? [],
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    ...(wire.editedAt === undefined ? {} : { editedAtMs: Date.parse(wire.editedAt) }),
    ...(wire.deleted === undefined ? {} : { isDeleted: true }),
  };
}

/** Without attachments, which only one of the dialects has. */
export function wireOfMessage(message: Message): Omit<FlatMessage, 'attachments'> {
  const { id, userId: senderId, sender: senderName, content, sequence, clientMessageId } = message;
  return {
    id,
    senderId,
    senderName,
    content,
    sequence,
    createdAt: isoOf(message.sentAtMs),
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    ...(message.editedAtMs === undefined ? {} : { editedAt: isoOf(message.editedAtMs) }),
    ...(message.isDeleted === undefined ? {} : { deleted: true }),
  };
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
