/**
 * The records that the domain and its stores exchange. Times are milliseconds
 * since 1970, UTC.
 */
import type {
  Attachment,
  ClientMessageId,
  Epoch,
  MessageId,
  RoomId,
  RoomKind,
  UserId,
  WorkspaceId,
} from '@parley/protocol';

/** Where rooms are made that name no other workspace; every store has it from its first migration. */
// A literal that is such an id.
export const DEFAULT_WORKSPACE_ID = '00000000-0000-7000-8000-000000000001' as WorkspaceId;

/** Keys of rooms that go with their last participant begin so. */
export const TEMPORARY_PREFIX = 'temp-';

export type Role = 'owner' | 'admin' | 'member';
/** What a person may do in one room; owners and moderators may delete what others wrote, and remove people. */
export type RoomRole = 'owner' | 'moderator' | 'member';

export interface User {
  readonly id: UserId;
  /** As written at registration; unique without case. */
  readonly username: string;
  readonly displayName: string;
  readonly role: Role;
  readonly createdAtMs: number;
}

export interface Room {
  readonly id: RoomId;
  readonly workspaceId: WorkspaceId;
  readonly kind: RoomKind;
  /** As its maker wrote it; for display only. Empty where there is none, as between two people. */
  readonly name: string;
  /** The key by which it is found; of a direct room made of the two people, of a group of its id. */
  readonly nameKey: string;
  readonly visibility: 'public' | 'private';
  readonly createdAtMs: number;
}

/** Where a room's log stands. */
export interface LogHead {
  /** The sequence of the latest event; 0 before the first. */
  readonly sequence: number;
  /** How many of them are messages. */
  readonly ordinal: number;
  /** How many of these retention has taken. */
  readonly prunedOrdinal: number;
  readonly epoch: Epoch;
  /** Of the latest event, else of the room itself. */
  readonly lastActivityAtMs: number;
}

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

export type AccessLostReason = 'left' | 'removed' | 'banned';

/** One event of a room's log, told with what its message is now. */
export type RoomEvent = LogPosition &
  (
    | { readonly kind: 'message'; readonly message: Message }
    | {
        readonly kind: 'edit';
        readonly messageId: MessageId;
        readonly content: string;
        readonly editedAtMs: number;
      }
    | { readonly kind: 'deletion' | 'pin' | 'unpin'; readonly messageId: MessageId }
    | {
        readonly kind: 'reaction-added' | 'reaction-removed';
        readonly messageId: MessageId;
        readonly emoji: string;
        /** How many have chosen this emoji now. */
        readonly count: number;
      }
    | {
        readonly kind: 'access-lost';
        readonly userId: UserId;
        readonly username: string;
        readonly reason: AccessLostReason;
      }
  );

/** What every event of a log has. */
export interface LogPosition {
  readonly roomId: RoomId;
  readonly sequence: number;
  /** The ordinal of the latest message at or below this event. */
  readonly ordinal: number;
  /** Who did it. */
  readonly actorId: UserId;
  readonly createdAtMs: number;
}

export type RoomEventKind = RoomEvent['kind'];

/** How far a person has read a room. */
export interface ReadPosition {
  readonly sequence: number;
  readonly ordinal: number;
}

/** What a person has not read of a room. */
export interface Unread {
  readonly unreadCount: number;
  /** Of these, how many mention the person; counted up to `LIMITS.mentionCountMax`. */
  readonly mentionCount: number;
  /** Of the first unread message. */
  readonly firstSequence: number | undefined;
  /** Set by hand, until the room is next marked as read. */
  readonly isMarkedUnread: boolean;
}

/** A membership as its holder sees it. */
export interface OwnMembership {
  readonly role: RoomRole;
  readonly read: ReadPosition;
  readonly unread: Unread;
}

/** A room as one person sees it in a list. */
export interface ListedRoom {
  readonly room: Room;
  readonly head: LogHead;
  /** Absent where the person is no member. */
  readonly membership: OwnMembership | undefined;
}

/**
 * How many messages are unread: exact without counting, because each event carries
 * its ordinal, and who sends moves the own position to what was sent. Retention
 * takes messages away that somebody never read: those do not count either.
 */
export function countUnread(headOrdinal: number, readOrdinal: number, prunedOrdinal = 0): number {
  return headOrdinal - Math.max(readOrdinal, prunedOrdinal);
}
