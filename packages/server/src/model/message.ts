/** A message in its current state. */
import type { Attachment, ClientMessageId, MessageId, RoomId, UserId } from '@parley/protocol';
import { type MessageFlags, NO_FLAGS } from './message-flags.ts';

/** One emoji on a message. */
export interface Reaction {
  readonly emoji: string;
  /** Users in the order of their reactions; at most the first `LIMITS.reactionUsersListed`. */
  readonly userIds: readonly UserId[];
  readonly count: number;
}

/**
 * Current state of a message: the result of its events. A deleted message remains as a tombstone
 * without content or attachments.
 */
export interface Message extends MessageFlags {
  readonly id: MessageId;
  readonly roomId: RoomId;
  readonly userId: UserId;
  /** The sender's current username. */
  readonly sender: string;
  readonly content: string;
  readonly createdAtMs: number;
  readonly sequence: number;
  readonly clientMessageId: ClientMessageId | undefined;
  readonly editedAtMs: number | undefined;
  readonly isDeleted: boolean;
  /** Sorted by emoji. */
  readonly reactions: readonly Reaction[];
  /** As sent; an edit does not change them. */
  readonly attachments: readonly Attachment[];
  /** Number of replies including deleted ones; it never decreases. */
  readonly replyCount: number;
  /** Thread that the message belongs to; undefined if it is not a reply. */
  readonly reply: ReplyPosition | undefined;
}

/** Where a message is. */
export interface MessagePlace {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
}

/** Fields that a message has without changes, reactions and replies. */
export const UNCHANGED = Object.freeze({
  ...NO_FLAGS,
  editedAtMs: undefined,
  isDeleted: false,
  reactions: [],
  replyCount: 0,
}) satisfies Partial<Message>;

/** Fields of every deleted message. */
export const TOMBSTONE = Object.freeze({
  ...NO_FLAGS,
  content: '',
  editedAtMs: undefined,
  isDeleted: true,
  reactions: [],
  attachments: [],
}) satisfies Partial<Message>;

export interface ReplyPosition {
  readonly parentId: MessageId;
  /** Number in the thread, from 1; the parent's `replyCount` is at least this number. */
  readonly number: number;
  /** The reply is also a message of the room, for those who do not follow the thread, too. */
  readonly alsoToRoom?: true;
}
