/**
 * State of one room: its log, its people, and whether it is live. A pure function of
 * (state, event); `rooms.ts` talks to the server.
 */
import type {
  ChatError,
  ErrorCode,
  LoggedEvent,
  MembershipPayload,
  MessageId,
  RoomId,
  RoomPerson,
  RoomSnapshot,
  UserId,
} from '@parley/protocol';
import { beginPageLoad, endPageLoad } from '../messages/changes-during-page-load.ts';
import type { Message } from '../messages/message.ts';
import {
  applyLogged,
  applyMessage,
  applyOlderPage,
  applySnapshot,
  dropPruned,
  logOfSnapshot,
  type OlderPage,
  type RoomLog,
} from './room-log.ts';

/** Maximum number of notices kept for the timeline; above it the oldest are removed. */
export const NOTICES_PER_ROOM_MAX = 100;

export type RoomState = JoiningRoom | OpenRoom | ClosedRoom;

/** Requested, but never open yet. */
export interface JoiningRoom {
  readonly kind: 'joining';
  readonly id: RoomId;
}

export interface OpenRoom {
  readonly kind: 'open';
  readonly id: RoomId;
  readonly name: string;
  /** False from the loss of the connection until the room has caught up. */
  readonly isLive: boolean;
  readonly log: RoomLog;
  /** Everything up to here was read, on any device. Sending also moves it, see `readUpTo`. */
  readonly readSequence: number;
  readonly olderPages: 'idle' | 'loading' | 'failed';
  /** People who have the room open: at most the 200 of a snapshot, plus those who joined since. */
  readonly members: ReadonlyMap<UserId, Member>;
  /** All people who have the room open, including those that `members` omits. */
  readonly memberCount: number;
  readonly notices: readonly Notice[];
  /** Threads with news since the room was opened, by their first message: whether the user follows them. */
  readonly threads?: Readonly<Record<MessageId, boolean>>;
  /** Highest position that another person has read up to, as far as it was reported. */
  readonly othersRead?: number;
}

/** Closed by the server; kept so that the reason can be shown. */
export interface ClosedRoom {
  readonly kind: 'closed';
  readonly id: RoomId;
  /** Undefined if the room was never open here. */
  readonly name: string | undefined;
  readonly reason: ClosedReason;
}

/** `LEFT`: the membership ended while the room was open, by removal or from another device. */
export type ClosedReason = ErrorCode | 'LEFT';

export interface Member {
  readonly userId: UserId;
  readonly username: string;
}

/** A gain, a new role or an end of a membership. Opening and closing the room is not shown. */
export interface Notice {
  readonly key: string;
  readonly kind: Exclude<MembershipPayload['change'], 'banned'>;
  readonly userId: UserId;
  readonly username: string;
  /** The notice comes after the event with this sequence. */
  readonly afterSequence: number;
  readonly atMs: number;
}

type MembershipChange = Pick<
  MembershipPayload,
  'userId' | 'username' | 'change' | 'afterSequence' | 'timestamp'
>;

export type RoomEvent =
  | {
      readonly kind: 'snapshot';
      readonly name?: string;
      readonly snapshot: RoomSnapshot;
      readonly isCatchUp: boolean;
      /** Read position, if the room was not open before. */
      readonly readSequence?: number;
    }
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'logged'; readonly event: LoggedEvent }
  /** Read up to here, on this device or another. */
  | { readonly kind: 'read'; readonly sequence: number }
  /** Another person has read up to here. */
  | { readonly kind: 'read_by_other'; readonly sequence: number }
  /** The server deleted the events below this sequence. */
  | { readonly kind: 'history_pruned'; readonly firstSequence: number }
  | { readonly kind: 'older_requested' }
  | { readonly kind: 'older_failed' }
  | {
      readonly kind: 'older_page';
      readonly page: OlderPage;
      readonly memberships?: readonly MembershipChange[] | undefined;
    }
  | { readonly kind: 'membership_changed'; readonly change: MembershipChange }
  /** A complete list, which replaces events that were dropped. */
  | {
      readonly kind: 'member_list';
      readonly members: readonly Member[];
      readonly memberCount: number;
    }
  /** For a large room, which does not report single joins and leaves. */
  | { readonly kind: 'member_count'; readonly memberCount: number }
  | { readonly kind: 'room_changed'; readonly name: string }
  /** The user follows a thread, or not. */
  | {
      readonly kind: 'thread_changed';
      readonly messageId: MessageId;
      readonly following: boolean;
    }
  | { readonly kind: 'user_joined' | 'user_left'; readonly person: RoomPerson }
  | { readonly kind: 'connection_lost' }
  | {
      readonly kind: 'closed';
      readonly reason: ClosedReason;
      /** Answer of the server, if it rejected the join. */
      readonly error?: ChatError | undefined;
    };

/** An event that does not fit the state (a message for a closed room) changes nothing. */
export function reduceRoom(room: RoomState, event: RoomEvent): RoomState {
  if (event.kind === 'snapshot') return takeSnapshot(room, event);
  if (event.kind === 'closed') {
    const name = room.kind === 'joining' ? undefined : room.name;
    return { kind: 'closed', id: room.id, name, reason: event.reason };
  }
  return room.kind === 'open' ? reduceOpenRoom(room, event) : room;
}

type OpenRoomEvent = Exclude<RoomEvent, { kind: 'snapshot' | 'closed' }>;

function reduceOpenRoom(room: OpenRoom, event: OpenRoomEvent): OpenRoom {
  switch (event.kind) {
    case 'message':
      return { ...room, log: applyMessage(room.log, event.message) };
    case 'logged':
      return { ...room, log: applyLogged(room.log, event.event) };
    case 'read':
      return event.sequence <= room.readSequence ? room : { ...room, readSequence: event.sequence };
    case 'read_by_other':
      return event.sequence <= (room.othersRead ?? 0)
        ? room
        : { ...room, othersRead: event.sequence };
    case 'history_pruned':
      return { ...room, log: dropPruned(room.log, event.firstSequence) };
    case 'older_requested':
      return { ...room, olderPages: 'loading', log: beginPageLoad(room.log) };
    case 'older_failed':
      return { ...room, olderPages: 'failed', log: endPageLoad(room.log) };
    case 'older_page':
      return {
        ...room,
        olderPages: 'idle',
        log: applyOlderPage(room.log, event.page),
        notices: addNotices(room.notices, event.memberships),
      };
    case 'membership_changed':
      return { ...room, notices: addNotices(room.notices, [event.change]) };
    case 'member_list':
      return { ...room, members: memberMap(event.members), memberCount: event.memberCount };
    case 'member_count':
      return { ...room, memberCount: event.memberCount };
    case 'room_changed':
      return { ...room, name: event.name };
    case 'thread_changed':
      return { ...room, threads: { ...room.threads, [event.messageId]: event.following } };
    case 'user_joined':
      return addMember(room, event.person);
    case 'user_left':
      return removeMember(room, event.person);
    case 'connection_lost':
      return { ...room, isLive: false, olderPages: 'idle', log: endPageLoad(room.log) };
  }
}

function takeSnapshot(
  room: RoomState,
  { snapshot, name, isCatchUp, readSequence }: Extract<RoomEvent, { kind: 'snapshot' }>,
): OpenRoom {
  const members = memberMap(snapshot.members);
  const present = { isLive: true, members, memberCount: snapshot.memberCount } as const;
  if (room.kind !== 'open') {
    return {
      kind: 'open',
      id: room.id,
      name: name ?? (room.kind === 'closed' ? room.name : undefined) ?? room.id,
      log: logOfSnapshot(snapshot),
      readSequence: readSequence ?? snapshot.headSequence,
      olderPages: 'idle',
      notices: addNotices([], snapshot.memberships),
      ...present,
    };
  }
  const log = applySnapshot(room.log, snapshot, { isCatchUp });
  // Notices belong between messages; those of a replaced window have no place.
  const isReplaced = firstSequence(log, 0) > firstSequence(room.log, Number.POSITIVE_INFINITY);
  const notices = addNotices(isReplaced ? [] : room.notices, snapshot.memberships);
  // Another log has its own sequences: the old read position does not apply.
  const isOther = log.epoch !== room.log.epoch;
  const read = isOther ? { readSequence: log.position } : {};
  return { ...room, name: name ?? room.name, log, notices, ...read, ...present };
}

function memberMap(members: readonly Member[]): ReadonlyMap<UserId, Member> {
  return new Map(members.map(({ userId, username }) => [userId, { userId, username }]));
}

function firstSequence(log: RoomLog, ifEmpty: number): number {
  return log.messages[0]?.sequence ?? ifEmpty;
}

function addMember(room: OpenRoom, { userId, username }: RoomPerson): OpenRoom {
  if (room.members.has(userId)) return room;
  return {
    ...room,
    members: new Map(room.members).set(userId, { userId, username }),
    memberCount: room.memberCount + 1,
  };
}

function removeMember(room: OpenRoom, { userId }: RoomPerson): OpenRoom {
  const members = new Map(room.members);
  const wasListed = members.delete(userId);
  // A person who is not in the list may or may not be counted; the member count decides.
  if (!wasListed && room.memberCount <= room.members.size) return room;
  return { ...room, members, memberCount: room.memberCount - 1 };
}

/** In the order of the log; a change that is already known changes nothing. */
function addNotices(
  known: readonly Notice[],
  changes: readonly MembershipChange[] = [],
): readonly Notice[] {
  if (changes.length === 0) return known;
  const byKey = new Map([...known, ...changes.map(toNotice)].map((notice) => [notice.key, notice]));
  return [...byKey.values()]
    .sort((a, b) => a.afterSequence - b.afterSequence || a.atMs - b.atMs)
    .slice(-NOTICES_PER_ROOM_MAX);
}

function toNotice({ change, timestamp, ...about }: MembershipChange): Notice {
  const { userId, username, afterSequence } = about;
  const kind = change === 'banned' ? 'removed' : change;
  const key = `${afterSequence} ${userId} ${change}`;
  return { key, kind, userId, username, afterSequence, atMs: Date.parse(timestamp) };
}
