/** A message as the client keeps it: decoded once, times as numbers. */
import type {
  Attachment,
  ChatMessagePayload,
  ClientMessageId,
  MessageId,
  ReactionPayload,
  RoomId,
  UserId,
} from '@parley/protocol';

/** Of more than 100 people the first are named, and all are counted. */
export type Reaction = ReactionPayload;

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
  /** In the order of their emojis. */
  readonly reactions: readonly Reaction[];
  readonly isPinned: boolean;
  /** As they were sent; what stands in them is the sender's word. */
  readonly attachments: readonly Attachment[];
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
    reactions: payload.reactions ?? [],
    isPinned: payload.pinned === true,
    attachments: payload.attachments ?? [],
    ...(payload.clientMessageId === undefined ? {} : { clientMessageId: payload.clientMessageId }),
  };
}
