/** Rooms, memberships and read positions in PostgreSQL: the statements behind the room store. */
import { randomBytes } from 'node:crypto';
import type { RoomId, UserId } from '@parley/protocol';
import type { ListedRoom } from '../../ports/model.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { Database, Queries } from './database.ts';
import { HEAD_COLUMNS, type HeadRow, ROOM_COLUMNS, type RoomRow, toHead, toRoom } from './rows.ts';

interface ListedRow extends RoomRow, HeadRow {
  readonly last_read_sequence: number | null;
  readonly last_read_ordinal: number | null;
}

const LISTED_COLUMNS = `${ROOM_COLUMNS}, ${HEAD_COLUMNS}, p.last_read_sequence, p.last_read_ordinal`;
/** A read position exists exactly as long as the membership that it belongs to. */
const WITH_READ_POSITION = 'LEFT JOIN read_receipts p ON p.room_id = r.id AND p.user_id = $1';
const NEVER_USED = "r.kind = 'room' AND r.head_ordinal = 0";

export function roomStore(database: Database): RoomStore {
  return {
    async findRoom(reference, userId) {
      const found = `SELECT ${ROOM_COLUMNS}, m.user_id AS member FROM rooms r
        LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = $1`;
      const row =
        reference.kind === 'id'
          ? await database.one<RoomRow & { member: string | null }>(
              `${found} WHERE r.id = $2`,
              userId,
              reference.id,
            )
          : await database.one<RoomRow & { member: string | null }>(
              `${found} WHERE r.workspace_id = $2 AND r.name_key = $3`,
              userId,
              reference.workspaceId,
              reference.nameKey,
            );
      return row && { room: toRoom(row), isMember: row.member !== null };
    },

    createRoom: (room, ownerId, nowMs) =>
      database.transaction(async (queries) => {
        const created = await queries.run(
          `INSERT INTO rooms (id, workspace_id, kind, name, name_key, visibility, created_at, created_by, log_id, last_event_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $7) ON CONFLICT (workspace_id, name_key) DO NOTHING`,
          room.id,
          room.workspaceId,
          room.kind,
          room.name,
          room.nameKey,
          room.visibility,
          room.createdAtMs,
          ownerId,
          randomBytes(6).toString('hex'),
        );
        if (created === 1) {
          await insertMembership(queries, {
            roomId: room.id,
            userId: ownerId,
            role: 'owner',
            nowMs,
          });
          return room;
        }
        const row = await queries.one<RoomRow>(
          `SELECT ${ROOM_COLUMNS} FROM rooms r WHERE r.workspace_id = $1 AND r.name_key = $2`,
          room.workspaceId,
          room.nameKey,
        );
        if (row === undefined) throw new Error('The room that has the name is not there');
        return toRoom(row);
      }),

    addMember: (roomId, userId, nowMs) =>
      database.transaction(async (queries) => {
        // A commit that is under way ends first: the new member begins behind it.
        const locked = 'SELECT 1 FROM rooms WHERE id = $1 FOR SHARE';
        if ((await queries.one(locked, roomId)) === undefined) return false;
        await insertMembership(queries, { roomId, userId, role: 'member', nowMs });
        return true;
      }),

    async listVisibleRooms(userId, { after, limit }) {
      const rows = await database.all<ListedRow>(
        `SELECT ${LISTED_COLUMNS} FROM rooms r ${WITH_READ_POSITION}
         WHERE r.id > $2 AND (r.visibility = 'public' OR p.user_id IS NOT NULL) ORDER BY r.id LIMIT $3`,
        userId,
        after ?? '',
        limit + 1,
      );
      return { rooms: rows.slice(0, limit).map(toListed), hasMore: rows.length > limit };
    },

    async listRoomsOf(userId, limit) {
      const rows = await database.all<ListedRow>(
        `SELECT ${LISTED_COLUMNS} FROM memberships m JOIN rooms r ON r.id = m.room_id ${WITH_READ_POSITION}
         WHERE m.user_id = $1 ORDER BY r.last_event_at DESC, r.id LIMIT $2`,
        userId,
        limit,
      );
      return rows.map(toListed);
    },

    async markRead(roomId, userId, { sequence, atMs }) {
      await database.run(
        `UPDATE read_receipts p SET last_read_at = $3, last_read_sequence = e.sequence, last_read_ordinal = e.ordinal,
           last_read_message_id = CASE e.kind WHEN 'message' THEN e.target_id ELSE p.last_read_message_id END
         FROM (SELECT * FROM room_events WHERE room_id = $1 AND sequence <= $4 ORDER BY sequence DESC LIMIT 1) e
         WHERE p.room_id = $1 AND p.user_id = $2 AND p.last_read_sequence < e.sequence`,
        roomId,
        userId,
        atMs,
        sequence,
      );
      const row = await database.one<{ last_read_sequence: number; last_read_ordinal: number }>(
        'SELECT last_read_sequence, last_read_ordinal FROM read_receipts WHERE room_id = $1 AND user_id = $2',
        roomId,
        userId,
      );
      return row && { sequence: row.last_read_sequence, ordinal: row.last_read_ordinal };
    },

    async listUnusedRooms() {
      const rows = await database.all<RoomRow>(
        `SELECT ${ROOM_COLUMNS} FROM rooms r WHERE ${NEVER_USED}`,
      );
      return rows.map(toRoom);
    },

    async deleteUnusedRoom(roomId) {
      const sql = `DELETE FROM rooms r WHERE r.id = $1 AND ${NEVER_USED}`;
      return (await database.run(sql, roomId)) === 1;
    },

    async deleteRoom(roomId) {
      await database.run('DELETE FROM rooms WHERE id = $1', roomId);
    },
  };
}

async function insertMembership(
  queries: Queries,
  membership: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly role: string;
    readonly nowMs: number;
  },
): Promise<void> {
  const { roomId, userId, role, nowMs } = membership;
  const inserted = await queries.run(
    `INSERT INTO memberships (room_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (room_id, user_id) DO NOTHING`,
    roomId,
    userId,
    role,
    nowMs,
  );
  if (inserted === 0) return;
  await queries.run(
    `INSERT INTO read_receipts (user_id, room_id, last_read_at, last_read_sequence, last_read_ordinal)
     SELECT $1, id, $2, head_sequence, head_ordinal FROM rooms WHERE id = $3`,
    userId,
    nowMs,
    roomId,
  );
}

function toListed(row: ListedRow): ListedRoom {
  const { last_read_sequence: sequence, last_read_ordinal: ordinal } = row;
  const read = sequence === null || ordinal === null ? undefined : { sequence, ordinal };
  return { room: toRoom(row), head: toHead(row), read };
}
