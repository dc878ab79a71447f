import type { RoomId, UserId } from '@parley/protocol';
import type { FollowedThread, OwnThreadState, ThreadCursor, ThreadId } from '../model/thread.ts';

/** The threads that users follow. The commit of a reply writes here as well. */
export interface ThreadStore {
  /**
   * Follows a thread, or ends it, which stays so until the user writes in the thread. Returns whether
   * the user is a member of the room.
   */
  setFollowed(
    userId: UserId,
    thread: ThreadId & {
      readonly isFollowed: boolean;
      /** Number of the last reply, and its time. */
      readonly number: number;
      readonly lastAtMs: number;
    },
  ): Promise<boolean>;
  /** Replies of the thread up to a sequence are read. */
  markThreadRead(
    userId: UserId,
    thread: ThreadId & { readonly sequence: number; readonly number: number },
  ): Promise<void>;
  /** All replies in a room with these sequences are read by these members. */
  markThreadsRead(
    roomId: RoomId,
    userIds: readonly UserId[],
    sequences: { readonly from: number; readonly upTo: number },
  ): Promise<void>;
  /** Those with unread replies first; of each, the one with the latest reply first. */
  listFollowed(
    userId: UserId,
    page: { readonly after: ThreadCursor | undefined; readonly limit: number },
  ): Promise<FollowedThread[]>;
  listFollowers(thread: ThreadId): Promise<UserId[]>;
  /** Number of followed threads that have unread replies, up to `UNREAD_THREADS_MAX`. */
  countUnreadThreads(userId: UserId): Promise<number>;
  /** Of those users who follow the thread or have followed it. */
  readThreadStates(thread: ThreadId, userIds: readonly UserId[]): Promise<OwnThreadState[]>;
  /** Threads that are gone. */
  deleteThreads(userId: UserId, threads: readonly ThreadId[]): Promise<void>;
}
