/**
 * Rooms and memberships in SQLite: statements of the room store; read positions are in `unread.ts`.
 */

import { randomBytes } from 'node:crypto';
import type { RoomId, UserId } from '@parley/protocol';
import type { ListedRoom, RoomsPage } from '../../model/listed-room.ts';
import {
  MEMBERSHIP_CHANGES_MAX,
  type MembershipChange,
  type MembershipChangeKind,
  type MembershipChangesQuery,
} from '../../model/membership-change.ts';
import { LIST_START, type TimeCursor } from '../../model/page.ts';
import type { Room, RoomReference, RoomRole } from '../../model/room.ts';
import type {
  FoundRoom,
  MembershipEntry,
  RoomMember,
  UnusedRooms,
} from '../../model/room-member.ts';
import { toRoomRole, toRoomRoleIfAny, toWorkspaceRoleIfAny } from '../../model/stored-role.ts';
import type { AddedMember } from '../../ports/room-store.ts';
import {
  CHANGE_COLUMNS,
  CHECKED_ROOMS,
  type CheckedRoomRow,
  HEAD_COLUMNS,
  type HeadRow,
  type MembershipChangeRow,
  ROOM_COLUMNS,
  type RoomRow,
  toHead,
  toMembershipChange,
  toRoom,
  toUnusedRooms,
  toUser,
  USER_COLUMNS,
  type UserRow,
} from '../sql/rows.ts';
import type { Database } from './database.ts';
import { toMembership, UNREAD_COLUMNS, type UnreadRow } from './unread.ts';

export type ListedRow = RoomRow &
  HeadRow & { [Column in keyof UnreadRow]: UnreadRow[Column] | null } & {
    readonly workspace_role: string | null;
  };

export const LISTED = `SELECT ${ROOM_COLUMNS}, ${HEAD_COLUMNS}, ${UNREAD_COLUMNS}, w.role AS workspace_role`;
/** A read position exists exactly as long as its membership. */
export const OWN_MEMBERSHIP = `LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = ?1
  LEFT JOIN read_receipts p ON p.room_id = m.room_id AND p.user_id = m.user_id
  LEFT JOIN workspace_members w ON w.workspace_id = r.workspace_id AND w.user_id = ?1`;
/**
 * The rooms that a user may see, each kind from its own index: rooms of others are not read. The
 * channels of the user's workspaces are sorted together.
 */
const VISIBLE = `SELECT id FROM (SELECT id FROM rooms WHERE visibility = 'public' AND id > ?2 ORDER BY id LIMIT ?3) a
  UNION SELECT room_id FROM (SELECT room_id FROM memberships WHERE user_id = ?1 AND room_id > ?2 ORDER BY room_id LIMIT ?3) b
  UNION SELECT id FROM (SELECT r.id FROM workspace_members w CROSS JOIN rooms r
    WHERE r.workspace_id = w.workspace_id AND w.user_id = ?1 AND r.kind = 'channel' AND r.archived_at IS NULL AND r.id > ?2 ORDER BY r.id LIMIT ?3) c
  ORDER BY 1 LIMIT ?3`;
/** Rooms of a user, latest activity first: only ids are sorted. */
const LATEST = `SELECT r.id, r.kind FROM memberships m JOIN rooms r ON r.id = m.room_id
  WHERE m.user_id = ?1 AND (r.last_event_at < ?3 OR (r.last_event_at = ?3 AND r.id > ?4))
  ORDER BY r.last_event_at DESC, r.id LIMIT ?2`;
const LATEST_CONVERSATIONS = LATEST.replace('ORDER', "AND r.kind IN ('direct', 'group') ORDER");
const NEVER_USED = "r.kind = 'room' AND r.head_ordinal = 0";

export function findRoom(
  database: Database,
  query: { readonly reference: RoomReference; readonly userId: UserId },
): FoundRoom | undefined {
  const { reference, userId } = query;
  const found = `SELECT ${ROOM_COLUMNS}, m.role AS room_role, b.user_id AS banned, w.role AS workspace_role
    FROM rooms r
    LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = ?1
    LEFT JOIN bans b ON b.room_id = r.id AND b.user_id = ?1
    LEFT JOIN workspace_members w ON w.workspace_id = r.workspace_id AND w.user_id = ?1`;
  type Row = RoomRow & {
    readonly room_role: string | null;
    readonly banned: string | null;
    readonly workspace_role: string | null;
  };
  const row =
    reference.kind === 'id'
      ? database.one<Row>(`${found} WHERE r.id = ?2`, userId, reference.id)
      : database.one<Row>(
          `${found} WHERE r.workspace_id = ?2 AND r.name_key = ?3`,
          userId,
          reference.workspaceId,
          reference.nameKey,
        );
  return (
    row && {
      room: toRoom(row),
      role: toRoomRoleIfAny(row.room_role),
      isBanned: row.banned !== null,
      workspaceRole: toWorkspaceRoleIfAny(row.workspace_role),
    }
  );
}

export function createRoom(
  database: Database,
  creation: {
    readonly room: Room;
    readonly members: readonly { readonly userId: UserId; readonly role: RoomRole }[];
    readonly nowMs: number;
    /** The first member if undefined. */
    readonly createdBy?: UserId;
  },
): Room {
  const { room, members, nowMs, createdBy = members[0]?.userId } = creation;
  const created = database.run(
    `INSERT INTO rooms (id, workspace_id, kind, name, name_key, visibility, created_at, created_by, log_id, last_event_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    room.id,
    room.workspaceId,
    room.kind,
    room.name,
    room.nameKey,
    room.visibility,
    room.createdAtMs,
    createdBy ?? null,
    randomBytes(6).toString('hex'),
    room.createdAtMs,
  );
  if (created === 1) {
    for (const member of members) insertMembership(database, { roomId: room.id, ...member, nowMs });
    return room;
  }
  const row = database.one<RoomRow>(
    `SELECT ${ROOM_COLUMNS} FROM rooms r WHERE r.workspace_id = ? AND r.name_key = ?`,
    room.workspaceId,
    room.nameKey,
  );
  if (row === undefined) throw new Error('The room with this name does not exist');
  return toRoom(row);
}

export function addMember(
  database: Database,
  addition: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly nowMs: number;
    readonly actorId: UserId | undefined;
  },
): AddedMember | 'banned' | 'foreign' | 'no-room' {
  const { roomId, userId, actorId = userId, nowMs: atMs } = addition;
  const room = database.one<{
    kind: Room['kind'];
    head_sequence: number;
    workspace_role: string | null;
  }>(
    `SELECT r.kind, r.head_sequence, w.role AS workspace_role FROM rooms r
     LEFT JOIN workspace_members w ON w.workspace_id = r.workspace_id AND w.user_id = ? WHERE r.id = ?`,
    userId,
    roomId,
  );
  if (room === undefined) return 'no-room';
  const ban = 'SELECT 1 FROM bans WHERE room_id = ? AND user_id = ?';
  if (database.one(ban, roomId, userId) !== undefined) return 'banned';
  if (room.kind === 'channel' && room.workspace_role === null) return 'foreign';
  const isNew = insertMembership(database, { ...addition, role: 'member' });
  if (!isNew || room.kind === 'direct') return { kind: 'member', notedAfter: undefined };
  const { head_sequence: afterSequence } = room;
  noteChange(database, { roomId, userId, actorId, kind: 'joined', afterSequence, atMs });
  return { kind: 'member', notedAfter: afterSequence };
}

export function setTopic(
  database: Database,
  { roomId, topic }: { readonly roomId: RoomId; readonly topic: string },
): boolean {
  return database.run('UPDATE rooms SET topic = ? WHERE id = ?', topic, roomId) === 1;
}

export function liftBan(
  database: Database,
  { roomId, userId }: { readonly roomId: RoomId; readonly userId: UserId },
): boolean {
  return database.run('DELETE FROM bans WHERE room_id = ? AND user_id = ?', roomId, userId) === 1;
}

export function listMembers(
  database: Database,
  query: {
    readonly roomId: RoomId;
    readonly after: UserId | undefined;
    readonly limit: number;
  },
): RoomMember[] {
  type Row = UserRow & { readonly room_role: string; readonly last_seen_at: number | null };
  return database
    .all<Row>(
      `SELECT ${USER_COLUMNS}, u.last_seen_at, m.role AS room_role FROM memberships m JOIN users u ON u.id = m.user_id
       WHERE m.room_id = ? AND m.user_id > ? ORDER BY m.user_id LIMIT ?`,
      query.roomId,
      query.after ?? '',
      query.limit,
    )
    .map((row) => ({
      user: toUser(row),
      role: toRoomRole(row.room_role),
      lastSeenAtMs: row.last_seen_at ?? undefined,
    }));
}

export function listMembersOf(
  database: Database,
  { roomIds, limit }: { readonly roomIds: readonly RoomId[]; readonly limit: number },
): ReadonlyMap<RoomId, RoomMember[]> {
  const page = { after: undefined, limit };
  return new Map(
    roomIds.map((roomId) => [roomId, listMembers(database, { roomId, ...page })] as const),
  );
}

export function listMemberships(
  database: Database,
  { userId, limit }: { readonly userId: UserId; readonly limit: number },
): MembershipEntry[] {
  return database
    .all<{ id: RoomId; kind: Room['kind'] }>(LATEST, userId, limit, LIST_START.atMs, LIST_START.id)
    .map(({ id: roomId, kind }) => ({ roomId, kind }));
}

export function listRoomIdsOf(
  database: Database,
  { userIds, limit }: { readonly userIds: readonly UserId[]; readonly limit: number },
): ReadonlyMap<UserId, readonly RoomId[]> {
  return new Map(
    userIds.map((userId) => {
      const rows = database.all<{ room_id: RoomId }>(
        'SELECT room_id FROM memberships WHERE user_id = ? LIMIT ?',
        userId,
        limit,
      );
      return [userId, rows.map(({ room_id }) => room_id)] as const;
    }),
  );
}

export function listGroupsCreatedBy(
  database: Database,
  query: { readonly userId: UserId; readonly creatorId: UserId; readonly limit: number },
): RoomId[] {
  return database
    .all<{ id: RoomId }>(
      `SELECT r.id FROM memberships m JOIN rooms r ON r.id = m.room_id
       WHERE m.user_id = ? AND r.kind = 'group' AND r.created_by = ? LIMIT ?`,
      query.userId,
      query.creatorId,
      query.limit,
    )
    .map(({ id }) => id);
}

function insertMembership(
  database: Database,
  membership: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly role: RoomRole;
    readonly nowMs: number;
  },
): boolean {
  const { roomId, userId, role, nowMs } = membership;
  const inserted = database.run(
    `INSERT INTO memberships (room_id, user_id, role, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (room_id, user_id) DO NOTHING`,
    roomId,
    userId,
    role,
    nowMs,
  );
  if (inserted === 0) return false;
  database.run(
    `INSERT INTO read_receipts (user_id, room_id, last_read_at, last_read_sequence, last_read_ordinal)
     SELECT ?, id, ?, head_sequence, head_ordinal FROM rooms WHERE id = ?`,
    userId,
    nowMs,
    roomId,
  );
  return true;
}

/** Notes a change of a membership for the timeline. */
export function noteChange(
  database: Database,
  change: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly actorId: UserId;
    readonly kind: MembershipChangeKind;
    readonly afterSequence: number;
    readonly atMs: number;
  },
): void {
  database.run(
    `INSERT INTO membership_changes (room_id, after_sequence, user_id, kind, actor_id, created_at)
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (room_id, after_sequence, created_at, user_id, kind) DO NOTHING`,
    change.roomId,
    change.afterSequence,
    change.userId,
    change.kind,
    change.actorId,
    change.atMs,
  );
}

/** When many users open a room at once, equal changes are read only once. */
export function listMembershipChanges(
  database: Database,
  query: MembershipChangesQuery,
): MembershipChange[] {
  const { roomId, from, to = Number.MAX_SAFE_INTEGER } = query;
  return database.once(JSON.stringify(['changes', roomId, from, to]), () =>
    database
      .all<MembershipChangeRow>(
        `SELECT ${CHANGE_COLUMNS} FROM membership_changes c JOIN users u ON u.id = c.user_id
         WHERE c.room_id = ? AND c.after_sequence >= ? AND c.after_sequence <= ?
         ORDER BY c.after_sequence DESC, c.created_at DESC, c.user_id DESC, c.kind DESC LIMIT ?`,
        roomId,
        from,
        to,
        MEMBERSHIP_CHANGES_MAX,
      )
      .map(toMembershipChange)
      .reverse(),
  );
}

export function listVisibleRooms(
  database: Database,
  query: {
    readonly userId: UserId;
    readonly after: RoomId | undefined;
    readonly limit: number;
  },
): RoomsPage {
  const rows = database.all<ListedRow>(
    `${LISTED} FROM (${VISIBLE}) v CROSS JOIN rooms r ON r.id = v.id ${OWN_MEMBERSHIP} ORDER BY v.id`,
    query.userId,
    query.after ?? '',
    query.limit + 1,
  );
  const listed = rows.slice(0, query.limit).map((row) => toListed(database, query.userId, row));
  return { rooms: listed, hasMore: rows.length > query.limit };
}

interface LatestQuery {
  readonly userId: UserId;
  readonly limit: number;
  readonly after: TimeCursor;
}

export function listRoomsOf(database: Database, query: LatestQuery): ListedRoom[] {
  return listLatest(database, LATEST, query);
}

export function listConversationsOf(database: Database, query: LatestQuery): ListedRoom[] {
  return listLatest(database, LATEST_CONVERSATIONS, query);
}

function listLatest(database: Database, latest: string, query: LatestQuery): ListedRoom[] {
  return database
    .all<ListedRow>(
      `${LISTED} FROM (${latest}) own CROSS JOIN rooms r ON r.id = own.id ${OWN_MEMBERSHIP}
       ORDER BY r.last_event_at DESC, r.id`,
      query.userId,
      query.limit,
      query.after.atMs,
      query.after.id,
    )
    .map((row) => toListed(database, query.userId, row));
}

export function toListed(database: Database, userId: UserId, row: ListedRow): ListedRoom {
  const head = toHead(row);
  // With a membership, all of its columns are set.
  const own = row.room_role === null ? undefined : (row as RoomRow & HeadRow & UnreadRow);
  const membership = own && toMembership(database, own, { roomId: row.id, userId, head });
  const workspaceRole = toWorkspaceRoleIfAny(row.workspace_role);
  return { room: toRoom(row), head, membership, workspaceRole };
}

export function listUnusedRooms(
  database: Database,
  { after }: { readonly after: RoomId | undefined },
): UnusedRooms {
  const sql = CHECKED_ROOMS.replace('$1', '?');
  return toUnusedRooms(database.all<CheckedRoomRow>(sql, after ?? ''));
}

export function deleteUnusedRoom(
  database: Database,
  { roomId }: { readonly roomId: RoomId },
): boolean {
  return database.run(`DELETE FROM rooms AS r WHERE r.id = ? AND ${NEVER_USED}`, roomId) === 1;
}

export function deleteRoom(
  database: Database,
  { roomId, rowsMax }: { readonly roomId: RoomId; readonly rowsMax: number },
): boolean {
  const keys = database.run(
    'DELETE FROM send_keys WHERE rowid IN (SELECT rowid FROM send_keys WHERE room_id = ? LIMIT ?)',
    roomId,
    rowsMax,
  );
  if (keys === rowsMax) return false;
  const rows = database.all<{ user_id: UserId }>(
    'SELECT user_id FROM memberships WHERE room_id = ? ORDER BY user_id LIMIT ?',
    roomId,
    rowsMax,
  );
  for (const { user_id: userId } of rows) {
    database.run('DELETE FROM memberships WHERE room_id = ? AND user_id = ?', roomId, userId);
    database.run('DELETE FROM read_receipts WHERE room_id = ? AND user_id = ?', roomId, userId);
  }
  if (rows.length === rowsMax) return false;
  database.run('DELETE FROM rooms WHERE id = ?', roomId);
  return true;
}
