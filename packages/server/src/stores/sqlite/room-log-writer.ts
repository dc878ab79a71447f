/**
 * The logs that batches write to, with their current state: each room and each author is read once,
 * until anything but a commit changes them, and each head and read position is written once per
 * batch, at its end.
 */

import assert from 'node:assert/strict';
import type { Epoch, MessageId, RoomId, RoomKind, UserId } from '@parley/protocol';
import type { Posting, RoomRole } from '../../model/room.ts';
import type { LogPosition } from '../../model/room-event.ts';
import { toPosting, toRole, toRoomRole } from '../../model/stored-role.ts';
import type { Role } from '../../model/user.ts';
import { GENERATION, toEpoch } from '../sql/rows.ts';
import type { Database } from './database.ts';

/** Author of a command, as a member of the room. */
interface Actor {
  readonly username: string;
  readonly role: Role;
  readonly roomRole: RoomRole;
}

export class OpenRoomLog {
  readonly roomId: RoomId;
  readonly kind: RoomKind;
  readonly visibility: 'public' | 'private';
  readonly isArchived: boolean;
  readonly posting: Posting;
  readonly epoch: Epoch;
  readonly #database: Database;
  readonly #actors = new Map<UserId, Actor | undefined>();
  readonly #ownMessages = new Map<
    UserId,
    { readonly id: MessageId; readonly position: LogPosition }
  >();
  #sequence: number;
  #ordinal: number;
  #lastEventAtMs: number;
  #isMoved = false;

  constructor(database: Database, roomId: RoomId, row: RoomRow) {
    this.roomId = roomId;
    this.epoch = toEpoch(row);
    this.kind = row.kind;
    this.visibility = row.visibility;
    this.isArchived = row.archived_at !== null;
    this.posting = toPosting(row.posting);
    this.#database = database;
    this.#sequence = row.head_sequence;
    this.#ordinal = row.head_ordinal;
    this.#lastEventAtMs = row.last_event_at;
  }

  findActor(userId: UserId): Actor | undefined {
    if (!this.#actors.has(userId)) this.#actors.set(userId, this.#readActor(userId));
    return this.#actors.get(userId);
  }

  /** Drops the cached role of a user. */
  forgetActor(userId: UserId): void {
    this.#actors.delete(userId);
  }

  get actorCount(): number {
    return this.#actors.size;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get ordinal(): number {
    return this.#ordinal;
  }

  get lastEventAtMs(): number {
    return this.#lastEventAtMs;
  }

  /** Moves the end of the log to a written event. */
  advance(position: LogPosition): void {
    this.#sequence = position.sequence;
    this.#ordinal = position.ordinal;
    this.#lastEventAtMs = position.createdAtMs;
    this.#isMoved = true;
  }

  /** Moves the author's read position, so that the unread count is a subtraction. */
  moveOwnPosition(id: MessageId, position: LogPosition): void {
    if (this.kind === 'direct') this.#writeReadStep(position);
    this.#ownMessages.set(position.actorId, { id, position });
  }

  /** Writes what the batch has moved. */
  flush(): void {
    if (!this.#isMoved) return;
    this.#isMoved = false;
    this.#database.run(
      'UPDATE rooms SET head_sequence = ?, head_ordinal = ?, last_event_at = ? WHERE id = ?',
      this.#sequence,
      this.#ordinal,
      this.#lastEventAtMs,
      this.roomId,
    );
    for (const { id, position } of this.#ownMessages.values()) {
      this.#database.run(
        `UPDATE read_receipts SET last_read_at = ?, last_read_message_id = ?, last_read_sequence = ?, last_read_ordinal = ?
         WHERE user_id = ? AND room_id = ?`,
        position.createdAtMs,
        id,
        position.sequence,
        position.ordinal,
        position.actorId,
        position.roomId,
      );
    }
    this.#ownMessages.clear();
  }

  /** Writes a read step if the author had not read all earlier messages: they were read by now. */
  #writeReadStep({ actorId, sequence, ordinal, createdAtMs }: LogPosition): void {
    const former = this.#ownMessages.get(actorId)?.position.ordinal ?? this.#readOrdinalOf(actorId);
    if (former >= ordinal - 1) return;
    this.#database.run(
      'INSERT INTO read_steps (room_id, user_id, sequence, read_at) VALUES (?, ?, ?, ?)',
      this.roomId,
      actorId,
      sequence,
      createdAtMs,
    );
  }

  #readOrdinalOf(userId: UserId): number {
    const row = this.#database.one<{ last_read_ordinal: number }>(
      'SELECT last_read_ordinal FROM read_receipts WHERE user_id = ? AND room_id = ?',
      userId,
      this.roomId,
    );
    assert(row !== undefined); // The author is a member.
    return row.last_read_ordinal;
  }

  #readActor(userId: UserId): Actor | undefined {
    const row = this.#database.one<{ username: string; role: string; room_role: string }>(
      `SELECT u.username, u.role, m.role AS room_role FROM memberships m JOIN users u ON u.id = m.user_id
       WHERE m.room_id = ? AND m.user_id = ?`,
      this.roomId,
      userId,
    );
    if (row === undefined) return undefined;
    const { username, role, room_role: roomRole } = row;
    return { username, role: toRole(role), roomRole: toRoomRole(roomRole) };
  }
}

interface RoomRow {
  readonly kind: RoomKind;
  readonly visibility: 'public' | 'private';
  readonly head_sequence: number;
  readonly head_ordinal: number;
  readonly last_event_at: number;
  readonly archived_at: number | null;
  readonly posting: string;
  readonly log_id: string;
  readonly generation: string;
}

/** Rooms and authors that stay known from one batch to the next. */
const KNOWN_MAX = 2_000;

export class RoomLogWriter {
  readonly #database: Database;
  readonly #logs = new Map<RoomId, OpenRoomLog | undefined>();
  #dataVersion: number | undefined;

  /**
   * The logs as the previous batch left them; `Database.forget` drops them. They are read again
   * after another connection, such as that of a tool, has written.
   */
  static resume(database: Database): RoomLogWriter {
    const logs = database.once('room logs', () => new RoomLogWriter(database));
    logs.#dropIfForeign();
    return logs;
  }

  constructor(database: Database) {
    this.#database = database;
  }

  /** Undefined if the room does not exist. */
  find(roomId: RoomId): OpenRoomLog | undefined {
    if (!this.#logs.has(roomId)) this.#logs.set(roomId, this.#open(roomId));
    return this.#logs.get(roomId);
  }

  flush(): void {
    let known = this.#logs.size;
    for (const log of this.#logs.values()) {
      log?.flush();
      known += log?.actorCount ?? 0;
    }
    if (known > KNOWN_MAX) this.#logs.clear();
  }

  #dropIfForeign(): void {
    const row = this.#database.one<{ data_version: number }>('PRAGMA data_version');
    if (row?.data_version !== this.#dataVersion) this.#logs.clear();
    this.#dataVersion = row?.data_version;
  }

  #open(roomId: RoomId): OpenRoomLog | undefined {
    const row = this.#database.one<RoomRow>(
      `SELECT kind, visibility, head_sequence, head_ordinal, last_event_at, archived_at, posting, log_id,
         ${GENERATION} AS generation FROM rooms WHERE id = ?`,
      roomId,
    );
    return row && new OpenRoomLog(this.#database, roomId, row);
  }
}
