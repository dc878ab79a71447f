/**
 * The threads that users follow. Authors and mentioned users follow a thread with the commit of the
 * reply; here users list them, read them, and choose.
 */
import { ChatError, type MessageId, type RoomId } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import type { Message } from '../../model/message.ts';
import {
  cutPage,
  formatTimeCursor,
  type Page,
  type PageRequest,
  parseTimeCursor,
} from '../../model/page.ts';
import { countFitting, messageBytes, PAGE_BYTES_MAX } from '../../model/page-bytes.ts';
import type { FollowedThread, OwnThreadState, ThreadCursor, ThreadId } from '../../model/thread.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable, findReadableRooms } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { RoomDisplayNames } from '../rooms/room-display-names.ts';
import type { ThreadNotices } from './thread-notices.ts';

interface ThreadsDependencies {
  readonly store: Pick<Store, 'log' | 'rooms' | 'threads'>;
  readonly displayNames: Pick<RoomDisplayNames, 'findAll'>;
  readonly userLimits: Pick<UserRateLimits, 'changes' | 'readMarks'>;
  readonly notices: Pick<ThreadNotices, 'showChange'>;
}

export interface ShownThread extends FollowedThread {
  /** Undefined if retention has deleted it. */
  readonly root: Message | undefined;
  /** The latest ones, oldest first. */
  readonly replies: readonly Message[];
  /** As the user sees it. */
  readonly roomName: string;
}

export const THREADS_PAGE_DEFAULT = 20;
/** Latest replies that are listed with a thread. */
const REPLIES_SHOWN = 2;

export class Threads {
  readonly #dependencies: ThreadsDependencies;

  constructor(dependencies: ThreadsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * A page of the threads that the user follows: those with unread replies first, then the one with the
   * latest reply first. It may have fewer than the limit, or none, and continue.
   *
   * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, UNAVAILABLE.
   */
  async list(
    { id: userId }: ActingUser,
    { after, limit = THREADS_PAGE_DEFAULT }: PageRequest,
  ): Promise<Page<ShownThread> & { readonly unreadThreads: number }> {
    const { store, displayNames } = this.#dependencies;
    const page = { after: toCursor(after), limit: limit + 1 };
    const rows = await store.threads.listFollowed(userId, page);
    const all = await Promise.all(rows.slice(0, limit).map((thread) => this.#read(thread)));
    const fitting = countFitting(all, PAGE_BYTES_MAX, ({ root, replies }) =>
      [root, ...replies].reduce(
        (sum, each) => sum + (each === undefined ? 0 : messageBytes(each)),
        0,
      ),
    );
    const { items, ...end } = cutPage(
      rows,
      Math.min(limit, fitting),
      ({ hasUnread, lastAtMs, rootId }) =>
        `${hasUnread ? 1 : 0}~${formatTimeCursor({ atMs: lastAtMs, id: rootId })}`,
    );
    const unreadThreads = await store.threads.countUnreadThreads(userId);
    const read = all.slice(0, items.length);
    const found = read.filter(({ root, replies }) => root !== undefined || replies.length > 0);
    const gone = read.filter((thread) => !found.includes(thread));
    if (gone.length > 0) await store.threads.deleteThreads(userId, gone);
    // Read after the messages: a user who has lost access meanwhile gets nothing stored since.
    const roomIds = found.map(({ roomId }) => roomId);
    const rooms = await findReadableRooms(this.#dependencies, userId, roomIds);
    const titles = await displayNames.findAll(userId, [...rooms.values()]);
    const shown = found.filter(({ roomId }) => rooms.has(roomId));
    return {
      items: shown.map((each) => ({ ...each, roomName: titles.get(each.roomId)?.title ?? '' })),
      ...end,
      unreadThreads,
    };
  }

  /**
   * Follows a thread, or ends it, until the user writes there again.
   *
   * @throws {ChatError} NOT_FOUND; FORBIDDEN for users who are not members; RATE_LIMITED, UNAVAILABLE.
   */
  async follow(
    user: ActingUser,
    about: { readonly roomId: RoomId; readonly messageId: MessageId },
    isFollowed: boolean,
  ): Promise<ThreadId & OwnThreadState> {
    const { store, userLimits } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const { root, ...thread } = await this.#find(user, about);
    const last = await this.#readLast(thread);
    const lastAtMs = last?.createdAtMs ?? root?.createdAtMs ?? 0;
    const number = root?.replyCount ?? last?.reply?.number ?? 0;
    const change = { ...thread, isFollowed, number, lastAtMs };
    if (!(await store.threads.setFollowed(user.id, change))) throw new ChatError('FORBIDDEN');
    return this.#answer(user, thread);
  }

  /** Replies up to a sequence are read. @throws {ChatError} as `follow`. */
  async markRead(
    user: ActingUser,
    about: { readonly roomId: RoomId; readonly messageId: MessageId; readonly sequence: number },
  ): Promise<ThreadId & OwnThreadState> {
    const { store, userLimits } = this.#dependencies;
    await userLimits.readMarks.take(user.id);
    const { root, ...thread } = await this.#find(user, about);
    const number = root?.replyCount ?? (await this.#readLast(thread))?.reply?.number ?? 0;
    await store.threads.markThreadRead(user.id, { ...thread, sequence: about.sequence, number });
    return this.#answer(user, thread);
  }

  /** The thread of a message. It may continue after retention has deleted its first message. */
  async #find(
    { id: userId }: ActingUser,
    { roomId, messageId }: { readonly roomId: RoomId; readonly messageId: MessageId },
  ): Promise<ThreadId & { readonly root: Message | undefined }> {
    const { store } = this.#dependencies;
    const { role } = await findReadable({ store }, userId, roomId);
    if (role === undefined) throw new ChatError('FORBIDDEN');
    const message = await store.log.readMessage(roomId, messageId);
    const parentId = message?.reply?.parentId;
    if (parentId !== undefined) {
      return { roomId, rootId: parentId, root: await store.log.readMessage(roomId, parentId) };
    }
    const thread = { roomId, rootId: messageId };
    if (message === undefined && (await this.#readLast(thread)) === undefined) {
      throw new ChatError('NOT_FOUND', { field: 'messageId' });
    }
    return { ...thread, root: message };
  }

  async #answer(user: ActingUser, thread: ThreadId): Promise<ThreadId & OwnThreadState> {
    const { store, notices } = this.#dependencies;
    notices.showChange(user.id, thread);
    const [state] = await store.threads.readThreadStates(thread, [user.id]);
    if (state !== undefined) return { ...thread, ...state };
    const unreadThreads = await store.threads.countUnreadThreads(user.id);
    return { ...thread, userId: user.id, isFollowing: false, unreadCount: 0, unreadThreads };
  }

  async #read(thread: FollowedThread): Promise<Omit<ShownThread, 'roomName'>> {
    const { log } = this.#dependencies.store;
    const root = await log.readMessage(thread.roomId, thread.rootId);
    return { ...thread, root, replies: await this.#readReplies(thread, REPLIES_SHOWN) };
  }

  async #readLast(thread: ThreadId): Promise<Message | undefined> {
    return (await this.#readReplies(thread, 1)).at(-1);
  }

  async #readReplies({ roomId, rootId }: ThreadId, limit: number): Promise<Message[]> {
    const page = { roomId, parentId: rootId, before: undefined, after: undefined, limit };
    return (await this.#dependencies.store.log.readHistory(page)).messages;
  }
}

/** @throws {ChatError} VALIDATION_ERROR. */
function toCursor(after: string | undefined): ThreadCursor | undefined {
  if (after === undefined) return undefined;
  const [, isUnread, rest = ''] = /^([01])~(.*)$/.exec(after) ?? [];
  const cursor = parseTimeCursor(rest);
  if (cursor === undefined) throw new ChatError('VALIDATION_ERROR', { field: 'after' });
  return { ...cursor, hasUnread: isUnread === '1' };
}
