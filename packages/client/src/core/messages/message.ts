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

export interface MessageTarget {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
}

/** A user who has read a message. */
export interface Reader {
  readonly userId: UserId;
  /** ISO 8601; absent if the dialect does not report it. */
  readonly readAt?: string;
}

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
  readonly editedAtMs?: number;
  readonly isDeleted?: true;
  /** The first message of the thread that this message replies to. */
  readonly parentId?: MessageId;
  /** Number of this reply in its thread, from 1. */
  readonly replyNumber?: number;
  /** This reply is also a message of the room. */
  readonly alsoToRoom?: true;
  /** Number of replies to this message, including deleted ones; absent if there is none. */
  readonly replyCount?: number;
  /** Only in dialects that report them for each message; at most 100. */
  readonly readers?: readonly Reader[];
  /** Users whom this message of the own user mentions and has not reached; until the room is loaded again. */
  readonly notReached?: readonly UserId[];
  /** Only in dialects of direct conversations. */
  readonly recipientId?: UserId;
}

/** A message as a codec delivers it: in the form of the native dialect, which has no readers. */
export type ReceivedMessage = ChatMessagePayload &
  Pick<Message, 'readers' | 'recipientId' | 'notReached'>;

/** Fields with the same name and form pass unchanged. */
export function toMessage({
  timestamp,
  reactions = [],
  attachments = [],
  pinned,
  editedAt,
  deleted,
  parentMessageId,
  ...same
}: ReceivedMessage): Message {
  return {
    ...same,
    sentAtMs: Date.parse(timestamp),
    reactions,
    isPinned: pinned === true,
    attachments,
    ...(editedAt && { editedAtMs: Date.parse(editedAt) }),
    ...(deleted && { isDeleted: deleted }),
    ...(parentMessageId && { parentId: parentMessageId }),
  };
}
