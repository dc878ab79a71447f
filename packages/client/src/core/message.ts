/** A message as the client keeps it: decoded once, times as numbers. */
import type {
  ChatMessagePayload,
  ClientMessageId,
  MessageId,
  RoomId,
  UserId,
} from '@parley/protocol';

export interface Message {
  readonly id: MessageId;
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly sender: string;
  readonly content: string;
  /** The server's time. */
  readonly sentAtMs: number;
  readonly sequence: number;
  readonly clientMessageId?: ClientMessageId;
}

export function toMessage(payload: ChatMessagePayload): Message {
  return {
    id: payload.id,
    roomId: payload.roomId,
    userId: payload.userId,
    sender: payload.sender,
    content: payload.content,
    sentAtMs: Date.parse(payload.timestamp),
    sequence: payload.sequence,
    ...(payload.clientMessageId === undefined ? {} : { clientMessageId: payload.clientMessageId }),
  };
}
