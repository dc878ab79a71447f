/**
 * A part of the state that a page keeps to open without a server: the lists, and the latest
 * messages of the open rooms. After the connection is back, the rooms resume from it. Pure.
 */
import type { RoomId, RoomListEntry } from '@parley/protocol';
import type { Conversation } from './rooms/direct-conversations-state.ts';
import type { OpenRoom } from './rooms/room-state.ts';
import type { ReportedUnread } from './rooms/unread-state.ts';
import type { ClientSnapshot } from './snapshot.ts';

/** Version of the format; a copy of another version is ignored. */
const FORMAT = 3;
const ROOMS_MAX = 20;
const UNREAD_MAX = 500;
const MESSAGES_PER_ROOM_MAX = 50;
/** Joins and leaves: a room that resumes gets only those behind its position. */
const NOTICES_PER_ROOM_MAX = 50;
/** UTF-16 units of the texts of a room; older messages beyond them are left out. */
const TEXT_PER_ROOM_MAX = 40_000;

export interface OfflineCopy {
  readonly format: number;
  readonly rooms: readonly CopiedRoom[];
  readonly directory: readonly RoomListEntry[];
  readonly conversations: readonly Conversation[];
  /** Rooms with unread messages or a notification level. */
  readonly unread: readonly (readonly [RoomId, ReportedUnread])[];
}

type CopiedRoom = Pick<OpenRoom, 'id' | 'name' | 'readSequence' | 'notices'> & {
  readonly log: Pick<OpenRoom['log'], 'epoch' | 'position' | 'messages' | 'hasOlder'>;
};

export function toOfflineCopy(snapshot: ClientSnapshot): OfflineCopy {
  const { rooms, directory, conversations, unread } = snapshot;
  const open = [...rooms.values()].filter((room) => room.kind === 'open');
  return {
    format: FORMAT,
    rooms: open.slice(-ROOMS_MAX).map(copyRoom),
    directory: directory.rooms,
    conversations: [...conversations.values()],
    unread: [...unread].filter(([, each]) => isNews(each)).slice(-UNREAD_MAX),
  };
}

/** State to start with; undefined if the copy is of another version. */
export function restoreOfflineCopy(
  copy: OfflineCopy,
): Pick<ClientSnapshot, 'rooms' | 'directory' | 'conversations' | 'unread'> | undefined {
  if (copy.format !== FORMAT) return undefined;
  return {
    rooms: new Map(copy.rooms.map((room) => [room.id, openRoom(room)])),
    // Shown until the server's list arrives.
    directory: { status: 'loading', rooms: copy.directory, hasMore: false },
    conversations: new Map(copy.conversations.map((each) => [each.id, each])),
    unread: new Map(copy.unread),
  };
}

function isNews({ unreadCount, notificationLevel }: ReportedUnread): boolean {
  return unreadCount > 0 || notificationLevel !== undefined;
}

function copyRoom({ id, name, readSequence, notices, log }: OpenRoom): CopiedRoom {
  const { epoch, position, messages, hasOlder } = log;
  const latest = latestThatFit(messages.slice(-MESSAGES_PER_ROOM_MAX));
  const isPart = latest.length < messages.length;
  return {
    ...{ id, name, readSequence, notices: notices.slice(-NOTICES_PER_ROOM_MAX) },
    log: { epoch, position, messages: latest, hasOlder: hasOlder || isPart },
  };
}

function latestThatFit(messages: OpenRoom['log']['messages']): OpenRoom['log']['messages'] {
  let length = 0;
  const first = messages.findLastIndex(({ content }) => {
    length += content.length;
    return length > TEXT_PER_ROOM_MAX;
  });
  return messages.slice(first + 1);
}

function openRoom({ log, ...room }: CopiedRoom): OpenRoom {
  return {
    ...room,
    kind: 'open',
    isLive: false,
    log: { ...log, ahead: [], recent: undefined },
    olderPages: 'idle',
    members: new Map(),
    memberCount: 0,
  };
}
