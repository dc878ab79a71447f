/**
 * What one has not read. Of rooms that are not open here the server tells it
 * (`ToldUnread`); a room that is open counts for itself, from `readSequence` on. Pure.
 */
import type { RoomId, RoomListEntry, RoomSnapshot, UserPayload } from '@parley/protocol';
import { mentions } from '../messages/mentions.ts';
import type { Message } from '../messages/message.ts';
import type { OpenRoom, RoomState } from '../rooms/room-state.ts';

export interface Unread {
  readonly unreadCount: number;
  readonly mentionCount: number;
}

export interface ToldUnread extends Unread {
  /** Where they begin; absent where the server did not say. */
  readonly firstUnreadSequence: number | undefined;
  /** The room's head when it was told; absent where the server did not say. */
  readonly headSequence: number | undefined;
}

/** In the order in which it was told. */
export type UnreadState = ReadonlyMap<RoomId, ToldUnread>;

/** As many as two listings of all pages have; above it those told longest ago go. */
const ROOMS_MAX = 2_000;
const NOTHING: Unread = Object.freeze({ unreadCount: 0, mentionCount: 0 });
export const NOTHING_UNREAD = Object.freeze({ ...NOTHING, firstUnreadSequence: undefined });

export function toldOf(
  entry: Pick<RoomListEntry, 'unreadCount' | 'mentionCount' | 'firstUnreadSequence'>,
  headSequence?: number,
): ToldUnread {
  const { unreadCount, mentionCount, firstUnreadSequence } = entry;
  return { unreadCount, mentionCount, firstUnreadSequence, headSequence };
}

export function tellUnread(
  state: UnreadState,
  news: Iterable<readonly [RoomId, ToldUnread]>,
): UnreadState {
  const next = new Map(state);
  for (const [roomId, told] of news) {
    next.delete(roomId);
    next.set(roomId, told);
  }
  for (const roomId of next.keys()) {
    if (next.size <= ROOMS_MAX) break;
    next.delete(roomId);
  }
  return next;
}

/** Counts a message of a room that is not open here; one that the count has already changes nothing. */
export function countMessage(
  told: ToldUnread | undefined,
  { sequence, userId, content }: Message,
  self: UserPayload,
): ToldUnread {
  const known = told ?? { ...NOTHING_UNREAD, headSequence: undefined };
  if (sequence <= (known.headSequence ?? 0)) return known;
  // Writing moves the read position to what was written.
  if (userId === self.id) return { ...NOTHING_UNREAD, headSequence: sequence };
  return {
    unreadCount: known.unreadCount + 1,
    mentionCount: known.mentionCount + Number(mentions(content, self.username)),
    firstUnreadSequence: known.firstUnreadSequence ?? sequence,
    headSequence: sequence,
  };
}

/** Up to where one had read a room that is opened now. */
export function readSequenceAtOpening(
  told: ToldUnread | undefined,
  { history, headSequence }: Pick<RoomSnapshot, 'history' | 'headSequence'>,
): number {
  // A new membership begins at the head.
  if (told === undefined) return headSequence;
  if (told.firstUnreadSequence !== undefined) return told.firstUnreadSequence - 1;
  const toldHead = told.headSequence ?? headSequence;
  if (told.unreadCount === 0) return toldHead;
  const known = history.filter(({ sequence }) => sequence <= toldHead);
  const first = known[Math.max(0, known.length - told.unreadCount)];
  return (first?.sequence ?? toldHead + 1) - 1;
}

/** Up to where one has read: as told, or up to what one has written. */
export function readUpTo({ log, readSequence }: OpenRoom, self: UserPayload): number {
  const own = log.messages.findLast(
    ({ sequence, userId }) => sequence <= readSequence || userId === self.id,
  );
  return Math.max(readSequence, own?.sequence ?? 0);
}

/** What one has not read of this room. */
export function unreadOf(
  room: RoomState | undefined,
  told: ToldUnread | undefined,
  self: UserPayload,
): Unread {
  if (room?.kind !== 'open') return told ?? NOTHING;
  const { messages, hasOlder } = room.log;
  const upTo = readUpTo(room, self);
  const first = messages.findLastIndex(({ sequence }) => sequence <= upTo) + 1;
  const unread = messages.slice(first);
  const held = {
    unreadCount: unread.length,
    mentionCount: unread.filter(({ content }) => mentions(content, self.username)).length,
  };
  // They begin below what is held: then the server knows better.
  const isPart = first === 0 && hasOlder && unread.length > 0;
  return isPart && told !== undefined && told.unreadCount > held.unreadCount ? told : held;
}
