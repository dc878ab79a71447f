/** Selects and sorts the rows of the room list. Pure. */
import {
  type ClientSnapshot,
  type RoomId,
  type RoomListEntry,
  type Unread,
  type UserPayload,
  unreadOf,
  type WorkspaceId,
} from '@parley/client';

/** Maximum number of rows; a longer list is narrowed by its filter. */
export const ROOM_ROWS_MAX = 200;

/** How well names match, the best 0; undefined if they do not. */
export type NameFilter = (names: readonly string[]) => number | undefined;

const NO_MATCH = 3;

export interface RoomRow extends Unread {
  readonly id: RoomId;
  readonly name: string;
  /** Users who belong to the room; undefined while it is not listed. */
  readonly memberTotal: number | undefined;
  /** The room is open on this page. */
  readonly isOpen: boolean;
  /** The user marked the room as unread. */
  readonly isMarkedUnread: boolean;
  /** Nothing in the room calls for the user; its counts are 0. */
  readonly isMuted: boolean;
  /** The user is a member. Other rooms are open for the user to join. */
  readonly isJoined: boolean;
  readonly topic?: string | undefined;
  readonly pictureUrl?: string | null | undefined;
  /** Only members see it. */
  readonly isPrivate?: boolean | undefined;
  /** Archived rooms are at the end. */
  readonly isArchived?: boolean | undefined;
  /** The workspace of a channel. */
  readonly workspaceId: WorkspaceId | undefined;
}

export interface RoomRows {
  /** The best matches first; of equal ones joined rooms, then by name. */
  readonly rows: readonly RoomRow[];
  /** Number of matching rooms that are left out. */
  readonly hiddenCount: number;
}

interface RoomRowsInput
  extends Pick<ClientSnapshot, 'conversations' | 'directory' | 'rooms' | 'unread'> {
  readonly self: UserPayload;
  /** Without it all are shown. */
  readonly filter?: NameFilter | undefined;
}

/**
 * Rooms and channels that the filter names.
 */
export function roomRows(input: RoomRowsInput): RoomRows {
  const { conversations, directory, rooms, unread, self, filter = () => 0 } = input;
  const unreadIn = (id: RoomId) => shownUnread({ rooms, unread, self }, id);
  const byId = new Map<RoomId, RoomRow>();
  const marked = markedUnread(directory);
  const workspaceOf = new Map(directory.rooms.map(({ id, workspaceId }) => [id, workspaceId]));
  for (const entry of directory.rooms) {
    const { id, name, topic, memberTotal, kind, joined, workspaceId } = entry;
    if (kind !== 'room' && kind !== 'channel') continue;
    const isJoined = joined === true;
    const isMarkedUnread = marked.has(id);
    const row = { id, name, topic, memberTotal, isOpen: false, isJoined, isMarkedUnread };
    byId.set(id, { ...row, ...marksOf(entry), workspaceId, ...unreadIn(id) });
  }
  for (const room of rooms.values()) {
    if (room.kind !== 'open' || conversations.has(room.id)) continue;
    const { id } = room;
    // As in `shown-room-name.ts`, without a search for each room.
    const listed = byId.get(id);
    byId.set(id, {
      ...{ topic: undefined, memberTotal: undefined, ...listed },
      ...{ id, name: listed?.name ?? room.name, isOpen: true, isJoined: true },
      isMarkedUnread: marked.has(id),
      workspaceId: workspaceOf.get(id),
      ...unreadIn(id),
    });
  }
  const rank = (row: RoomRow): number => filter([row.name]) ?? NO_MATCH;
  const rows = [...byId.values()]
    .map((row) => ({ row, rank: rank(row) }))
    .filter(({ rank }) => rank < NO_MATCH)
    .sort(
      (a, b) =>
        a.rank - b.rank ||
        Number(a.row.isArchived === true) - Number(b.row.isArchived === true) ||
        Number(b.row.isJoined) - Number(a.row.isJoined) ||
        compareNames(a.row.name, b.row.name),
    )
    .map(({ row }) => row);
  return {
    rows: rows.slice(0, ROOM_ROWS_MAX),
    hiddenCount: Math.max(0, rows.length - ROOM_ROWS_MAX),
  };
}

function marksOf({ archived, visibility, pictureUrl }: RoomListEntry) {
  return {
    ...(pictureUrl && { pictureUrl }),
    ...(archived === true && { isArchived: true }),
    ...(visibility === 'private' && { isPrivate: true }),
  };
}

/** The rooms that the user marked as unread. */
export function markedUnread({ rooms }: RoomRowsInput['directory']): ReadonlySet<RoomId> {
  return new Set(rooms.filter(({ markedUnread }) => markedUnread === true).map(({ id }) => id));
}

/** Unread counts as the lists show them. */
export function shownUnread(
  { rooms, unread, self }: Pick<RoomRowsInput, 'rooms' | 'unread' | 'self'>,
  id: RoomId,
): Unread & { readonly isMuted: boolean } {
  const isMuted = unread.get(id)?.notificationLevel === 'nothing';
  if (isMuted) return { unreadCount: 0, mentionCount: 0, isMuted };
  return { ...unreadOf(rooms.get(id), unread.get(id), self), isMuted };
}

/** The row with this name, ignoring case. */
export function findByName(rows: readonly RoomRow[], name: string): RoomRow | undefined {
  const wanted = name.trim().replace(/^#/, '').toLowerCase();
  return rows.find((row) => row.name.toLowerCase() === wanted);
}

/** Made once: a list of thousands of names is compared again with each change. */
export const { compare: compareNames } = new Intl.Collator(undefined, {
  sensitivity: 'base',
  numeric: true,
});
