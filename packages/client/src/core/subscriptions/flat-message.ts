/** The fields that messages of both dialects share on the wire. */
import type { ClientMessageId, MessageId, UserId } from '@parley/protocol';
import { type Message, type ReceivedMessage, toMessage } from '../messages/message.ts';

interface FlatMessage {
  readonly id: MessageId;
  readonly senderId: UserId;
  readonly senderName: string;
  readonly content: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly sequence: number;
  readonly clientMessageId?: ClientMessageId;
  readonly editedAt?: string;
  readonly deleted?: true;
}

export interface WirePage<W> {
  readonly messages: readonly W[];
  readonly hasMore: boolean;
}

/** Takes the fields whose names differ between the dialects under their native names. */
export function messageOfWire({
  senderId: userId,
  senderName: sender,
  createdAt: timestamp,
  ...same
}: FlatMessage & Omit<ReceivedMessage, 'userId' | 'sender' | 'timestamp'>): Message {
  return toMessage({ ...same, userId, sender, timestamp });
}

export function wireOfMessage(message: Message): FlatMessage {
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
