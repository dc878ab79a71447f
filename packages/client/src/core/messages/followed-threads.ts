/**
 * Threads that the user follows. `thread_changed` reports their news, see `ChatClient.onNotice`. Outside of the
 * classes, so that pages load it when they need it.
 */
import type { FollowedThreadPayload, MessageId, RoomId, ServerFrames } from '@parley/protocol';
import type { Http } from '../connection/http.ts';
import { type Message, toMessage } from './message.ts';

type WithHttp = { readonly http: Pick<Http, 'call'> };

export interface ThreadState {
  readonly isFollowing: boolean;
  /** Up to 100. */
  readonly unreadCount: number;
}

export interface FollowedThread {
  /** The first message. */
  readonly id: MessageId;
  /** With its name as the user sees it. */
  readonly room: { readonly id: RoomId; readonly name: string };
  /** Undefined if it was deleted long ago. */
  readonly parent: Message | undefined;
  /** The latest ones, oldest first. */
  readonly replies: readonly Message[];
  readonly unreadCount: number;
  readonly lastReplyAtMs: number;
}

export interface FollowedThreadsPage {
  /** Those with unread replies first, then the one with the latest reply first. A page may have none, and continue. */
  readonly threads: readonly FollowedThread[];
  /** Number of followed threads with unread replies, up to 100. */
  readonly unreadThreads: number;
  /** Continues the list; absent at its end. */
  readonly next?: string;
}

/** @throws {ChatError} `NOT_FOUND`; `FORBIDDEN` for users who are not members; `RATE_LIMITED`, `UNAVAILABLE`. */
export async function followThread(
  { http }: WithHttp,
  roomId: RoomId,
  messageId: MessageId,
): Promise<void> {
  await http.call('PUT', pathOf(roomId, messageId, 'follow'));
}

/** Until the user follows it, or writes in it again. @throws {ChatError} as `followThread`. */
export async function unfollowThread(
  { http }: WithHttp,
  roomId: RoomId,
  messageId: MessageId,
): Promise<void> {
  await http.call('DELETE', pathOf(roomId, messageId, 'follow'));
}

/** Replies up to a sequence are read. @throws {ChatError} as `followThread`. */
export async function markThreadRead(
  { http }: WithHttp,
  roomId: RoomId,
  { messageId, sequence }: { readonly messageId: MessageId; readonly sequence: number },
): Promise<void> {
  await http.call('PUT', pathOf(roomId, messageId, 'read'), { sequence });
}

/** Whether the user follows a thread. @throws {ChatError} as `followThread`. */
export async function readThreadState(
  { http }: WithHttp,
  roomId: RoomId,
  messageId: MessageId,
): Promise<ThreadState> {
  const path = `${pathOf(roomId, messageId, 'replies')}?limit=1`;
  // The server documents the answers of these routes.
  const { following, unreadCount } = (await http.call('GET', path)) as ServerFrames['thread'];
  return { isFollowing: following, unreadCount };
}

/** A page of the threads that the user follows. @throws {ChatError} `RATE_LIMITED`, `UNAVAILABLE`. */
export async function listThreads(
  { http }: WithHttp,
  page: { readonly limit?: number; readonly after?: string | undefined } = {},
): Promise<FollowedThreadsPage> {
  const query = Object.entries(page)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  const answer = (await http.call(
    'GET',
    `/api/threads?${query.join('&')}`,
  )) as ServerFrames['thread_list'];
  const { threads, ...rest } = answer;
  return { threads: threads.map(toFollowed), ...rest };
}

function toFollowed(thread: FollowedThreadPayload): FollowedThread {
  const { messageId: id, room, parent, messages, unreadCount, lastReplyAt } = thread;
  return {
    ...{ id, room, unreadCount, lastReplyAtMs: Date.parse(lastReplyAt) },
    parent: parent && toMessage(parent),
    replies: messages.map(toMessage),
  };
}

function pathOf(roomId: RoomId, messageId: MessageId, what: string): string {
  const [room, message] = [roomId, messageId].map(encodeURIComponent);
  return `/api/rooms/${room}/messages/${message}/${what}`;
}
