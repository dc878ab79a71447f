/** Rooms, memberships and read positions in PostgreSQL: statements of the room store. */

import { randomBytes } from 'node:crypto';
import type { RoomId, UserId } from '@parley/protocol';
import type { ListedRoom } from '../../model/listed-room.ts';
import { MEMBERSHIP_CHANGES_MAX } from '../../model/membership-change.ts';
import { LIST_START, type TimeCursor } from '../../model/page.ts';
import type { Room, RoomRole } from '../../model/room.ts';
import type { RoomMember } from '../../model/room-member.ts';
import { toRoomRole, toRoomRoleIfAny, toWorkspaceRoleIfAny } from '../../model/stored-role.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import {
  CHANGE_COLUMNS,
  CHECKED_ROOMS,
  type CheckedRoomRow,
  HEAD_COLUMNS,
  type HeadRow,
  MARKED_COLUMNS,
  type MarkedRow,
  type MembershipChangeRow,
  type ReaderRow,
  ROOM_COLUMNS,
  type RoomRow,
  toHead,
  toMarkedRead,
  toMembershipChange,
  toNotificationCell,
  toReader,
  toRoom,
  toUnusedRooms,
  toUser,
  USER_COLUMNS,
  type UserRow,
} from '../sql/rows.ts';
import type { Database } from './database.ts';
import { noteChange } from './membership-changes.ts';
import type { Queries } from './queries.ts';
import {
  type MemberUnreadRow,
  toMembership,
  toUnread,
  UNREAD_COLUMNS,
  type UnreadRow,
} from './unread.ts';

export type ListedRow = RoomRow &
  HeadRow & { [Column in keyof UnreadRow]: UnreadRow[Column] | null } & {
    readonly workspace_role: string | null;
  };

export const LISTED = `SELECT ${ROOM_COLUMNS}, ${HEAD_COLUMNS}, ${UNREAD_COLUMNS}, w.role AS workspace_role`;
/** A read position exists exactly as long as its membership. */
export const OWN_MEMBERSHIP = `LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = $1
  LEFT JOIN read_receipts p ON p.room_id = m.room_id AND p.user_id = m.user_id
  LEFT JOIN workspace_members w ON w.workspace_id = r.workspace_id AND w.user_id = $1`;
/**
 * The rooms that a user may see, each kind from its own index: rooms of others are not read. The
 * channels of the user's workspaces are sorted together.
 */
const VISIBLE = `SELECT id FROM (SELECT id FROM rooms WHERE visibility = 'public' AND id > $2 ORDER BY id LIMIT $3) a
  UNION SELECT room_id FROM (SELECT room_id FROM memberships WHERE user_id = $1 AND room_id > $2 ORDER BY room_id LIMIT $3) b
  UNION SELECT id FROM (SELECT r.id FROM workspace_members w CROSS JOIN rooms r
    WHERE r.workspace_id = w.workspace_id AND w.user_id = $1 AND r.kind = 'channel' AND r.archived_at IS NULL AND r.id > $2 ORDER BY r.id LIMIT $3) c
  ORDER BY 1 LIMIT $3`;
/** The latest event at or below a sequence; if retention has deleted it, its position. */
const MARKED_EVENT = `SELECT coalesce(l.sequence, least($4, r.first_sequence - 1)) AS sequence,
    coalesce(l.ordinal, r.pruned_ordinal) AS ordinal, l.kind, l.target_id
  FROM rooms r LEFT JOIN LATERAL (SELECT sequence, ordinal, kind, target_id FROM room_events
    WHERE room_id = r.id AND sequence <= $4 ORDER BY sequence DESC LIMIT 1) l ON true WHERE r.id = $1`;
/** Rooms of a user, latest activity first: only ids are sorted. */
const LATEST = `SELECT r.id, r.kind FROM memberships m JOIN rooms r ON r.id = m.room_id
  WHERE m.user_id = $1 AND (r.last_event_at < $3 OR (r.last_event_at = $3 AND r.id > $4))
  ORDER BY r.last_event_at DESC, r.id LIMIT $2`;
const LATEST_CONVERSATIONS = LATEST.replace('ORDER', "AND r.kind IN ('direct', 'group') ORDER");
const NEVER_USED = "r.kind = 'room' AND r.head_ordinal = 0";

export function roomStore(database: Database): RoomStore {
  const listLatest = async (
    latest: string,
    { userId, limit, after }: { userId: UserId; limit: number; after: TimeCursor | undefined },
  ) => {
    const { atMs, id } = after ?? LIST_START;
    const rows = await database.all<ListedRow>(
      `${LISTED} FROM (${latest}) own JOIN rooms r ON r.id = own.id ${OWN_MEMBERSHIP}
       ORDER BY r.last_event_at DESC, r.id`,
      userId,
      limit,
      atMs,
      id,
    );
    return rows.map(toListed);
  };
  return {
    async findRoom(reference, userId) {
      type Row = RoomRow & {
        readonly room_role: string | null;
        readonly banned: string | null;
        readonly workspace_role: string | null;
      };
      const found = `SELECT ${ROOM_COLUMNS}, m.role AS room_role, b.user_id AS banned, w.role AS workspace_role
        FROM rooms r
        LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = $1
        LEFT JOIN bans b ON b.room_id = r.id AND b.user_id = $1
        LEFT JOIN workspace_members w ON w.workspace_id = r.workspace_id AND w.user_id = $1`;
      const row =
        reference.kind === 'id'
          ? await database.one<Row>(`${found} WHERE r.id = $2`, userId, reference.id)
          : await database.one<Row>(
              `${found} WHERE r.workspace_id = $2 AND r.name_key = $3`,
              userId,
              reference.workspaceId,
              reference.nameKey,
            );
      if (row === undefined) return undefined;
      return {
        room: toRoom(row),
        role: toRoomRoleIfAny(row.room_role),
        isBanned: row.banned !== null,
        workspaceRole: toWorkspaceRoleIfAny(row.workspace_role),
      };
    },

    createRoom: (room, members, nowMs) =>
      database.transaction((queries) => createRoom(queries, { room, members, nowMs })),

    addMember: (roomId, userId, nowMs, actorId = userId) =>
      database.transaction(async (queries) => {
        // Waits for a running commit: the new member starts after it.
        const locked =
          'SELECT kind, workspace_id, head_sequence FROM rooms WHERE id = $1 FOR SHARE';
        const room = await queries.one<
          Pick<RoomRow, 'kind' | 'workspace_id'> & { readonly head_sequence: number }
        >(locked, roomId);
        if (room === undefined) return 'no-room';
        const ban = 'SELECT 1 AS banned FROM bans WHERE room_id = $1 AND user_id = $2';
        if ((await queries.one(ban, roomId, userId)) !== undefined) return 'banned';
        if (room.kind === 'channel') {
          // Locked: a running removal ends first, or sees the new membership.
          const own =
            'SELECT role FROM workspace_members WHERE workspace_id = $1 AND user_id = $2 FOR SHARE';
          if ((await queries.one(own, room.workspace_id, userId)) === undefined) return 'foreign';
        }
        const isNew = await insertMembership(queries, { roomId, userId, role: 'member', nowMs });
        if (!isNew || room.kind === 'direct') return { kind: 'member', notedAfter: undefined };
        const { head_sequence: afterSequence } = room;
        const change = { roomId, userId, actorId, kind: 'joined', afterSequence } as const;
        await noteChange(queries, { ...change, atMs: nowMs });
        return { kind: 'member', notedAfter: afterSequence };
      }),

    async listMembershipChanges({ roomId, from, to = Number.MAX_SAFE_INTEGER }) {
      const rows = await database.all<MembershipChangeRow>(
        `SELECT ${CHANGE_COLUMNS} FROM membership_changes c JOIN users u ON u.id = c.user_id
         WHERE c.room_id = $1 AND c.after_sequence >= $2 AND c.after_sequence <= $3
         ORDER BY c.after_sequence DESC, c.created_at DESC, c.user_id DESC, c.kind DESC LIMIT $4`,
        roomId,
        from,
        to,
        MEMBERSHIP_CHANGES_MAX,
      );
      return rows.map(toMembershipChange).reverse();
    },

    async liftBan(roomId, userId) {
      const sql = 'DELETE FROM bans WHERE room_id = $1 AND user_id = $2';
      return (await database.run(sql, roomId, userId)) === 1;
    },

    async listMembers(roomId, { after, limit }) {
      const rows = await database.all<MemberRow>(
        `SELECT ${USER_COLUMNS}, u.last_seen_at, m.role AS room_role FROM memberships m JOIN users u ON u.id = m.user_id
         WHERE m.room_id = $1 AND m.user_id > $2 ORDER BY m.user_id LIMIT $3`,
        roomId,
        after ?? '',
        limit,
      );
      return rows.map(toRoomMember);
    },

    async listMembersOf(roomIds, limit) {
      const rows = await database.all<MemberRow & { readonly room_id: RoomId }>(
        `SELECT q.room_id, ${USER_COLUMNS}, u.last_seen_at, m.role AS room_role FROM unnest($1::text[]) AS q (room_id)
         CROSS JOIN LATERAL (SELECT user_id, role FROM memberships WHERE room_id = q.room_id
           ORDER BY user_id LIMIT $2) m
         JOIN users u ON u.id = m.user_id ORDER BY m.user_id`,
        roomIds,
        limit,
      );
      const byRoom = Map.groupBy(rows, (row) => row.room_id);
      return new Map([...byRoom].map(([roomId, members]) => [roomId, members.map(toRoomMember)]));
    },

    async listMemberships(userId, limit) {
      const rows = await database.all<{ id: RoomId; kind: Room['kind'] }>(
        LATEST,
        userId,
        limit,
        LIST_START.atMs,
        LIST_START.id,
      );
      return rows.map(({ id: roomId, kind }) => ({ roomId, kind }));
    },

    async listRoomIdsOf(userIds, limit) {
      const rows = await database.all<{ user_id: UserId; room_ids: readonly RoomId[] }>(
        `SELECT q.user_id, ARRAY(SELECT room_id FROM memberships WHERE user_id = q.user_id LIMIT $2) AS room_ids
         FROM unnest($1::text[]) AS q (user_id)`,
        userIds,
        limit,
      );
      return new Map(rows.map(({ user_id, room_ids }) => [user_id, room_ids]));
    },

    async listGroupsCreatedBy(userId, creatorId, limit) {
      const rows = await database.all<{ id: RoomId }>(
        `SELECT r.id FROM memberships m JOIN rooms r ON r.id = m.room_id
         WHERE m.user_id = $1 AND r.kind = 'group' AND r.created_by = $2 LIMIT $3`,
        userId,
        creatorId,
        limit,
      );
      return rows.map(({ id }) => id);
    },

    async listVisibleRooms(userId, { after, limit }) {
      const rows = await database.all<ListedRow>(
        `${LISTED} FROM (${VISIBLE}) v JOIN rooms r ON r.id = v.id ${OWN_MEMBERSHIP} ORDER BY r.id`,
        userId,
        after ?? '',
        limit + 1,
      );
      return { rooms: rows.slice(0, limit).map(toListed), hasMore: rows.length > limit };
    },

    listRoomsOf: (userId, limit, after) => listLatest(LATEST, { userId, limit, after }),
    listConversationsOf: (userId, limit, after) =>
      listLatest(LATEST_CONVERSATIONS, { userId, limit, after }),

    async markRead(roomId, userId, { sequence, atMs }) {
      const moved = await database.run(
        // One statement: all of its parts see the old position, and the first part writes a step
        // from it.
        `WITH e AS (${MARKED_EVENT}), step AS (
           INSERT INTO read_steps (room_id, user_id, sequence, read_at)
           SELECT p.room_id, p.user_id, e.sequence, $3::bigint FROM e, read_receipts p JOIN rooms r ON r.id = p.room_id
           WHERE p.room_id = $1 AND p.user_id = $2 AND p.last_read_ordinal < e.ordinal
             AND p.last_read_sequence < e.sequence AND r.kind = 'direct'
           ON CONFLICT DO NOTHING)
         UPDATE read_receipts p SET last_read_at = $3, last_read_sequence = e.sequence, last_read_ordinal = e.ordinal,
           last_read_message_id = CASE e.kind WHEN 'message' THEN e.target_id ELSE p.last_read_message_id END
         FROM e
         WHERE p.room_id = $1 AND p.user_id = $2 AND p.last_read_sequence < e.sequence`,
        roomId,
        userId,
        atMs,
        sequence,
      );
      await database.run(
        'UPDATE memberships SET marked_unread = 0 WHERE room_id = $1 AND user_id = $2 AND marked_unread = 1',
        roomId,
        userId,
      );
      const row = await database.one<MarkedRow>(
        `${MARKED_COLUMNS} WHERE p.room_id = $1 AND p.user_id = $2`,
        roomId,
        userId,
      );
      return row && toMarkedRead(row, moved === 1);
    },

    async listReaders(roomId, sequence, limit) {
      const rows = await database.all<ReaderRow>(
        `SELECT user_id, last_read_sequence, last_read_at FROM read_receipts
         WHERE room_id = $1 AND last_read_sequence >= $2 ORDER BY last_read_sequence DESC, user_id LIMIT $3`,
        roomId,
        sequence,
        limit,
      );
      return rows.map(toReader);
    },

    async listReadSteps(roomId, { from, limit }) {
      const rows = await database.all<ReaderRow>(
        `SELECT p.user_id, s.last_read_sequence, s.last_read_at FROM read_receipts p CROSS JOIN LATERAL (
           (SELECT sequence AS last_read_sequence, read_at AS last_read_at FROM read_steps
            WHERE room_id = p.room_id AND user_id = p.user_id AND sequence >= $2 ORDER BY sequence LIMIT $3)
           UNION SELECT p.last_read_sequence, p.last_read_at WHERE p.last_read_sequence >= $2) s
         WHERE p.room_id = $1 ORDER BY p.user_id, s.last_read_sequence`,
        roomId,
        from,
        limit,
      );
      return rows.map(toReader);
    },

    async listFirstReads(points) {
      const rows = await database.all<ReaderRow & { readonly room_id: RoomId }>(
        `SELECT p.room_id, p.user_id, s.last_read_sequence, s.last_read_at
         FROM unnest($1::text[], $2::bigint[]) AS q (room_id, sequence)
         JOIN read_receipts p ON p.room_id = q.room_id CROSS JOIN LATERAL (
           (SELECT sequence AS last_read_sequence, read_at AS last_read_at FROM read_steps
            WHERE room_id = p.room_id AND user_id = p.user_id AND sequence >= q.sequence ORDER BY sequence LIMIT 1)
           UNION SELECT p.last_read_sequence, p.last_read_at WHERE p.last_read_sequence >= q.sequence
           ORDER BY last_read_sequence LIMIT 1) s`,
        points.map(({ roomId }) => roomId),
        points.map(({ sequence }) => sequence),
      );
      const byRoom = Map.groupBy(rows, (row) => row.room_id);
      return new Map([...byRoom].map(([roomId, readers]) => [roomId, readers.map(toReader)]));
    },

    async setTopic(roomId, topic) {
      return (await database.run('UPDATE rooms SET topic = $2 WHERE id = $1', roomId, topic)) === 1;
    },

    async markUnread(roomId, userId) {
      const sql = 'UPDATE memberships SET marked_unread = 1 WHERE room_id = $1 AND user_id = $2';
      return (await database.run(sql, roomId, userId)) === 1;
    },

    async setNotificationLevel(roomId, userId, level) {
      const sql =
        'UPDATE memberships SET notification_level = $3 WHERE room_id = $1 AND user_id = $2';
      return (await database.run(sql, roomId, userId, toNotificationCell(level))) === 1;
    },

    async readUnread(roomId, userIds) {
      const room = await database.one<{ head_sequence: number }>(
        'SELECT head_sequence FROM rooms WHERE id = $1',
        roomId,
      );
      if (room === undefined) return { headSequence: 0, members: [] };
      const rows = await database.all<MemberUnreadRow>(
        `SELECT m.user_id, ${UNREAD_COLUMNS} FROM memberships m JOIN rooms r ON r.id = m.room_id
           JOIN read_receipts p ON p.room_id = m.room_id AND p.user_id = m.user_id
         WHERE m.room_id = $1 AND m.user_id = ANY($2::text[])`,
        roomId,
        userIds,
      );
      const unreadOf = new Map(rows.map((row) => [row.user_id, toUnread(row)]));
      const members = userIds.flatMap((userId) => {
        const unread = unreadOf.get(userId);
        return unread === undefined ? [] : [{ userId, unread }];
      });
      return { headSequence: room.head_sequence, members };
    },

    async listUnusedRooms(after = '' as RoomId) {
      return toUnusedRooms(await database.all<CheckedRoomRow>(CHECKED_ROOMS, after));
    },

    async deleteUnusedRoom(roomId) {
      const sql = `DELETE FROM rooms r WHERE r.id = $1 AND ${NEVER_USED}`;
      return (await database.run(sql, roomId)) === 1;
    },

    deleteRoom: (roomId, rowsMax) =>
      database.transaction(async (queries) => {
        await queries.one('SELECT id FROM rooms WHERE id = $1 FOR UPDATE', roomId);
        const keys = await queries.run(
          `DELETE FROM send_keys
           WHERE ctid = ANY (ARRAY(SELECT ctid FROM send_keys WHERE room_id = $1 LIMIT $2))`,
          roomId,
          rowsMax,
        );
        if (keys === rowsMax) return false;
        const rows = await queries.all<{ user_id: UserId }>(
          'SELECT user_id FROM memberships WHERE room_id = $1 ORDER BY user_id LIMIT $2',
          roomId,
          rowsMax,
        );
        const userIds = rows.map((row) => row.user_id);
        for (const table of ['memberships', 'read_receipts']) {
          const sql = `DELETE FROM ${table} WHERE room_id = $1 AND user_id = ANY($2::text[])`;
          await queries.run(sql, roomId, userIds);
        }
        if (rows.length === rowsMax) return false;
        await queries.run('DELETE FROM rooms WHERE id = $1', roomId);
        return true;
      }),
  };
}

export async function createRoom(
  queries: Queries,
  creation: {
    readonly room: Room;
    readonly members: readonly { readonly userId: UserId; readonly role: RoomRole }[];
    readonly nowMs: number;
    /** The first member if undefined. */
    readonly createdBy?: UserId;
  },
): Promise<Room> {
  const { room, members, nowMs, createdBy = members[0]?.userId } = creation;
  const created = await queries.run(
    `INSERT INTO rooms (id, workspace_id, kind, name, name_key, visibility, created_at, created_by, log_id, last_event_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $7) ON CONFLICT DO NOTHING`,
    room.id,
    room.workspaceId,
    room.kind,
    room.name,
    room.nameKey,
    room.visibility,
    room.createdAtMs,
    createdBy ?? null,
    randomBytes(6).toString('hex'),
  );
  if (created === 1) {
    for (const member of members) {
      await insertMembership(queries, { roomId: room.id, ...member, nowMs });
    }
    return room;
  }
  const row = await queries.one<RoomRow>(
    `SELECT ${ROOM_COLUMNS} FROM rooms r WHERE r.workspace_id = $1 AND r.name_key = $2`,
    room.workspaceId,
    room.nameKey,
  );
  if (row === undefined) throw new Error('The room with this name does not exist');
  return toRoom(row);
}

type MemberRow = UserRow & { readonly room_role: string; readonly last_seen_at: number | null };

function toRoomMember(row: MemberRow): RoomMember {
  return {
    user: toUser(row),
    role: toRoomRole(row.room_role),
    lastSeenAtMs: row.last_seen_at ?? undefined,
  };
}

async function insertMembership(
  queries: Queries,
  membership: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly role: RoomRole;
    readonly nowMs: number;
  },
): Promise<boolean> {
  const { roomId, userId, role, nowMs } = membership;
  const inserted = await queries.run(
    `INSERT INTO memberships (room_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (room_id, user_id) DO NOTHING`,
    roomId,
    userId,
    role,
    nowMs,
  );
  if (inserted === 0) return false;
  await queries.run(
    `INSERT INTO read_receipts (user_id, room_id, last_read_at, last_read_sequence, last_read_ordinal)
     SELECT $1, id, $2, head_sequence, head_ordinal FROM rooms WHERE id = $3`,
    userId,
    nowMs,
    roomId,
  );
  return true;
}

export function toListed(row: ListedRow): ListedRoom {
  // With a membership, all of its columns are set.
  const own = row.room_role === null ? undefined : (row as UnreadRow);
  const workspaceRole = toWorkspaceRoleIfAny(row.workspace_role);
  const membership = own && toMembership(own);
  return { room: toRoom(row), head: toHead(row), membership, workspaceRole };
}
