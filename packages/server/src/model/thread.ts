/** Threads that users follow, and their unread replies. */
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import type { TimeCursor } from './page.ts';

/**
 * Unread replies that are kept per follower: of a thread that is never read, no more are counted. Beyond
 * it, those that mention the user are kept, because the room counts them.
 */
export const UNREAD_REPLIES_MAX = 100;

/** Threads with unread replies that are counted. */
export const UNREAD_THREADS_MAX = 100;

/** A thread, by its first message. */
export interface ThreadId {
  readonly roomId: RoomId;
  readonly rootId: MessageId;
}

/** A new reply, as its thread and its followers see it. */
export interface NewReply {
  readonly rootId: MessageId;
  /** Undefined if retention has deleted the first message. */
  readonly rootAuthorId: UserId | undefined;
  readonly authorId: UserId;
  /** In the thread, from 1. */
  readonly number: number;
  readonly sequence: number;
  readonly atMs: number;
  /** It counts in the room for everyone; the others count for those who follow or are mentioned. */
  readonly isInRoom: boolean;
}

/** A thread for one of its users. */
export interface ThreadState {
  readonly isFollowing: boolean;
  /** Up to `UNREAD_REPLIES_MAX`. */
  readonly unreadCount: number;
}

export interface FollowedThread extends ThreadId {
  readonly unreadCount: number;
  readonly lastAtMs: number;
  readonly hasUnread: boolean;
}

/** The state of a thread for one of its users, with the number of followed threads that have unread replies, up to `UNREAD_THREADS_MAX`. */
export interface OwnThreadState extends ThreadState {
  readonly userId: UserId;
  readonly unreadThreads: number;
}

/** Threads with unread replies come first. */
export interface ThreadCursor extends TimeCursor {
  readonly hasUnread: boolean;
}
