/**
 * The logs that batches write to, with their current state: each room and each author is read once,
 * until anything but a commit changes them, and each head and read position is written once per
 * batch, at its end.
 */

import assert from 'node:assert/strict';
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import type { Actor } from '../../model/plan-command.ts';
import type { LogPosition } from '../../model/room-event.ts';
import { authorNameOf, readActors } from '../sql/command-facts.ts';
import { type LogState, lockLogs } from '../sql/open-logs.ts';
import type { Database } from './database.ts';
import { runNow } from './run-now.ts';

export class OpenRoomLog {
  readonly roomId: RoomId;
  readonly state: LogState;
  readonly #database: Database;
  readonly #actors = new Map<UserId, Actor | undefined>();
  readonly #ownMessages = new Map<
    UserId,
    { readonly id: MessageId; readonly position: LogPosition }
  >();
  #isMoved = false;

  constructor(database: Database, roomId: RoomId, state: LogState) {
    this.#database = database;
    this.roomId = roomId;
    this.state = state;
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

  /** Moves the end of the log to a written event. */
  advance({ sequence, ordinal, createdAtMs }: LogPosition): void {
    Object.assign(this.state, { sequence, ordinal, lastEventAtMs: createdAtMs });
    this.#isMoved = true;
  }

  /** Moves the author's read position, so that the unread count is a subtraction. */
  moveOwnPosition(id: MessageId, position: LogPosition): void {
    if (this.state.kind === 'direct') this.#writeReadStep(position);
    this.#ownMessages.set(position.actorId, { id, position });
  }

  /** Writes what the batch has moved. */
  flush(): void {
    if (!this.#isMoved) return;
    this.#isMoved = false;
    this.#database.run(
      'UPDATE rooms SET head_sequence = ?, head_ordinal = ?, last_event_at = ? WHERE id = ?',
      this.state.sequence,
      this.state.ordinal,
      this.state.lastEventAtMs,
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
    const author = { roomId: this.roomId, userId };
    return runNow(this.#database, readActors([author])).get(authorNameOf(author));
  }
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
    const state = runNow(this.#database, lockLogs([roomId])).get(roomId);
    return state && new OpenRoomLog(this.#database, roomId, state);
  }
}
