/** A message in the client: decoded once, with times as numbers. */
import type {
  Attachment,
  ChatMessagePayload,
  ClientMessageId,
  MessageId,
  ReactionPayload,
  RoomId,
  UserId,
} from '@parley/protocol';

/** Up to 100 people are named; the count includes all. */
export type Reaction = ReactionPayload;

export interface Message {
  readonly id: MessageId;
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly sender: string;
  readonly content: string;
  /** Time of the server. */
  readonly sentAtMs: number;
  readonly sequence: number;
  readonly clientMessageId?: ClientMessageId;
  /** In the order of their emoji. */
  readonly reactions: readonly Reaction[];
  readonly isPinned: boolean;
  /** As they were sent; their content comes from the sender and is not trusted. */
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
