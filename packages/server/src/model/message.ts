/** A message in its current state. */
import type { Attachment, ClientMessageId, MessageId, RoomId, UserId } from '@parley/protocol';

/** One emoji under a message. */
export interface Reaction {
  readonly emoji: string;
  /** Who chose it, first come first; of more than `LIMITS.reactionUsersListed` the first. */
  readonly userIds: readonly UserId[];
  readonly count: number;
}

/** A message as it is now: the fold of its events. A deleted one is its tombstone, without content or attachments. */
export interface Message {
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
  readonly isPinned: boolean;
  /** In the order of the emojis. */
  readonly reactions: readonly Reaction[];
  /** As they were sent; an edit leaves them. */
  readonly attachments: readonly Attachment[];
  /** Replies to it, deleted ones included: it only grows. */
  readonly replyCount: number;
  /** The thread that it belongs to; undefined for one that begins none or stands alone. */
  readonly reply: ReplyPosition | undefined;
}

export interface ReplyPosition {
  readonly parentId: MessageId;
  /** Its number in the thread, from 1: the parent's `replyCount` is at least this. */
  readonly number: number;
}
