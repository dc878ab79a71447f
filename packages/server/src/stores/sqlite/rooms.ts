/** Rooms, memberships and read positions in SQLite: the statements behind the room store. */
import { randomBytes } from 'node:crypto';
import type { RoomId, UserId } from '@parley/protocol';
import type { ListedRoom, ReadPosition, Room } from '../../ports/model.ts';
import type { FoundRoom, RoomReference, RoomsPage } from '../../ports/room-store.ts';
import type { Database } from './database.ts';
import { HEAD_COLUMNS, type HeadRow, ROOM_COLUMNS, type RoomRow, toHead, toRoom } from './rows.ts';

interface ListedRow extends RoomRow, HeadRow {
  readonly last_read_sequence: number | null;
  readonly last_read_ordinal: number | null;
}

const LISTED_COLUMNS = `${ROOM_COLUMNS}, ${HEAD_COLUMNS}, p.last_read_sequence, p.last_read_ordinal`;
/** A read position exists exactly as long as the membership that it belongs to. */
const WITH_READ_POSITION = 'LEFT JOIN read_receipts p ON p.room_id = r.id AND p.user_id = ?';
const NEVER_USED = "r.kind = 'room' AND r.head_ordinal = 0";

export function findRoom(
  database: Database,
  query: { readonly reference: RoomReference; readonly userId: UserId },
): FoundRoom | undefined {
  const { reference, userId } = query;
  const found = `SELECT ${ROOM_COLUMNS}, m.user_id AS member FROM rooms r
    LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = ?`;
  const row =
    reference.kind === 'id'
      ? database.one<RoomRow & { member: string | null }>(
          `${found} WHERE r.id = ?`,
          userId,
          reference.id,
        )
      : database.one<RoomRow & { member: string | null }>(
          `${found} WHERE r.workspace_id = ? AND r.name_key = ?`,
          userId,
          reference.workspaceId,
          reference.nameKey,
        );
  return row && { room: toRoom(row), isMember: row.member !== null };
}

export function createRoom(
  database: Database,
  creation: { readonly room: Room; readonly ownerId: UserId; readonly nowMs: number },
): Room {
  const { room, ownerId, nowMs } = creation;
  const created = database.run(
    `INSERT INTO rooms (id, workspace_id, kind, name, name_key, visibility, created_at, created_by, log_id, last_event_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id, name_key) DO NOTHING`,
    room.id,
    room.workspaceId,
    room.kind,
    room.name,
    room.nameKey,
    room.visibility,
    room.createdAtMs,
    ownerId,
    randomBytes(6).toString('hex'),
    room.createdAtMs,
  );
  if (created === 1) {
    insertMembership(database, { roomId: room.id, userId: ownerId, role: 'owner', nowMs });
    return room;
  }
  const row = database.one<RoomRow>(
    `SELECT ${ROOM_COLUMNS} FROM rooms r WHERE r.workspace_id = ? AND r.name_key = ?`,
    room.workspaceId,
    room.nameKey,
  );
  if (row === undefined) throw new Error('The room that has the name is not there');
  return toRoom(row);
}

export function addMember(
  database: Database,
  addition: { readonly roomId: RoomId; readonly userId: UserId; readonly nowMs: number },
): boolean {
  if (database.one('SELECT 1 FROM rooms WHERE id = ?', addition.roomId) === undefined) return false;
  insertMembership(database, { ...addition, role: 'member' });
  return true;
}

function insertMembership(
  database: Database,
  membership: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly role: string;
    readonly nowMs: number;
  },
): void {
  const { roomId, userId, role, nowMs } = membership;
  const inserted = database.run(
    `INSERT INTO memberships (room_id, user_id, role, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (room_id, user_id) DO NOTHING`,
    roomId,
    userId,
    role,
    nowMs,
  );
  if (inserted === 0) return;
  database.run(
    `INSERT INTO read_receipts (user_id, room_id, last_read_at, last_read_sequence, last_read_ordinal)
     SELECT ?, id, ?, head_sequence, head_ordinal FROM rooms WHERE id = ?`,
    userId,
    nowMs,
    roomId,
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
    `SELECT ${LISTED_COLUMNS} FROM rooms r ${WITH_READ_POSITION}
     WHERE r.id > ? AND (r.visibility = 'public' OR p.user_id IS NOT NULL) ORDER BY r.id LIMIT ?`,
    query.userId,
    query.after ?? '',
    query.limit + 1,
  );
  return { rooms: rows.slice(0, query.limit).map(toListed), hasMore: rows.length > query.limit };
}

export function listRoomsOf(
  database: Database,
  query: { readonly userId: UserId; readonly limit: number },
): ListedRoom[] {
  return database
    .all<ListedRow>(
      `SELECT ${LISTED_COLUMNS} FROM memberships m JOIN rooms r ON r.id = m.room_id ${WITH_READ_POSITION}
       WHERE m.user_id = ? ORDER BY r.last_event_at DESC, r.id LIMIT ?`,
      query.userId,
      query.userId,
      query.limit,
    )
    .map(toListed);
}

function toListed(row: ListedRow): ListedRoom {
  const { last_read_sequence: sequence, last_read_ordinal: ordinal } = row;
  const read = sequence === null || ordinal === null ? undefined : { sequence, ordinal };
  return { room: toRoom(row), head: toHead(row), read };
}

export function markRead(
  database: Database,
  mark: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly sequence: number;
    readonly atMs: number;
  },
): ReadPosition | undefined {
  const { roomId, userId, sequence, atMs } = mark;
  const event = database.one<{ sequence: number; ordinal: number; message_id: string | null }>(
    `SELECT e.sequence, e.ordinal, CASE e.kind WHEN 'message' THEN e.target_id END AS message_id
     FROM room_events e WHERE e.room_id = ? AND e.sequence <= ? ORDER BY e.sequence DESC LIMIT 1`,
    roomId,
    sequence,
  );
  if (event !== undefined) {
    database.run(
      `UPDATE read_receipts SET last_read_at = ?, last_read_message_id = coalesce(?, last_read_message_id),
         last_read_sequence = ?, last_read_ordinal = ?
       WHERE user_id = ? AND room_id = ? AND last_read_sequence < ?`,
      atMs,
      event.message_id,
      event.sequence,
      event.ordinal,
      userId,
      roomId,
      event.sequence,
    );
  }
  const row = database.one<{ last_read_sequence: number; last_read_ordinal: number }>(
    'SELECT last_read_sequence, last_read_ordinal FROM read_receipts WHERE user_id = ? AND room_id = ?',
    userId,
    roomId,
  );
  return row && { sequence: row.last_read_sequence, ordinal: row.last_read_ordinal };
}

export function listUnusedRooms(database: Database): Room[] {
  return database
    .all<RoomRow>(`SELECT ${ROOM_COLUMNS} FROM rooms r WHERE ${NEVER_USED}`)
    .map(toRoom);
}

export function deleteUnusedRoom(
  database: Database,
  { roomId }: { readonly roomId: RoomId },
): boolean {
  return database.run(`DELETE FROM rooms AS r WHERE r.id = ? AND ${NEVER_USED}`, roomId) === 1;
}

export function deleteRoom(database: Database, { roomId }: { readonly roomId: RoomId }): void {
  database.run('DELETE FROM rooms WHERE id = ?', roomId);
}
