/** Relational data for logs that are outside the database: operations of `LogRelations`. */

import { randomUUID } from 'node:crypto';
import type { MessageId, RoomId, RoomKind, UserId } from '@parley/protocol';
import type { Recorded } from '../../model/audit.ts';
import { authorizeCommand } from '../../model/authorize-command.ts';
import { type Rejection, rejected } from '../../model/commit-outcome.ts';
import type { CommandOf } from '../../model/log-command.ts';
import { planEndOfMembership } from '../../model/plan-command.ts';
import type { ReadPosition } from '../../model/read-receipt.ts';
import type { AccessLostReason } from '../../model/room-event.ts';
import { toPosting } from '../../model/stored-role.ts';
import type { LoggedRoom, PendingLoss } from '../../ports/relational-store.ts';
import { appendEntries } from './audit-chain.ts';
import { authorNameOf, readActors, readFacts } from './command-facts.ts';
import { type Admitting, admit, decide, factsOf, writeChange } from './effects.ts';
import { isMember } from './log.ts';
import { recordEffects } from './log-effects.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';
import { deleteBeside } from './retention.ts';
import { HEAD_COLUMNS, type HeadRow, toEpoch } from './rows.ts';
import { endIndexedPart, indexLogged, readUnindexed } from './search.ts';
import { LOG_KEY } from './tables.ts';
import { movePosition } from './unread.ts';

interface LoggedRoomRow extends HeadRow {
  readonly id: RoomId;
  readonly kind: RoomKind;
  readonly visibility: 'public' | 'private';
  readonly archived_at: number | null;
  readonly posting: string;
  readonly pinning: string;
  readonly has_settings: number;
  readonly created_at: number;
}

const LOGGED_ROOM_COLUMNS = `r.id, r.kind, r.visibility, r.archived_at, r.posting, r.pinning, r.has_settings, r.created_at, ${HEAD_COLUMNS}`;

function toLoggedRoom(row: LoggedRoomRow): LoggedRoom {
  return {
    roomId: row.id,
    kind: row.kind,
    visibility: row.visibility,
    isArchived: row.archived_at !== null,
    posting: toPosting(row.posting),
    pinning: toPosting(row.pinning),
    hasSettings: row.has_settings === 1,
    epoch: toEpoch(row),
    createdAtMs: row.created_at,
    head: {
      sequence: row.head_sequence,
      ordinal: row.head_ordinal,
      lastEventAtMs: row.last_event_at,
    },
    firstSequence: row.first_sequence,
    prunedOrdinal: row.pruned_ordinal,
  };
}

/** Named one by one: a prepared statement with `*` fails when a newer node adds a column. */
const LOSS_COLUMNS =
  'id, room_id, actor_id, subject_id, username, reason, fingerprint, admitted_at';

interface LossRow {
  readonly id: string;
  readonly room_id: RoomId;
  readonly actor_id: UserId;
  readonly subject_id: UserId;
  readonly username: string;
  readonly reason: AccessLostReason;
  readonly fingerprint: string;
  readonly admitted_at: number;
}

function toPendingLoss(row: LossRow): PendingLoss {
  return {
    id: row.id,
    username: row.username,
    command: {
      kind: 'access-lost',
      roomId: row.room_id,
      userId: row.actor_id,
      subjectId: row.subject_id,
      reason: row.reason,
      clientMessageId: undefined,
      fingerprint: row.fingerprint,
      admittedAtMs: row.admitted_at,
    },
  };
}

const ROOMS = `SELECT ${LOGGED_ROOM_COLUMNS} FROM rooms r`;
const BOUND_LOG = 'SELECT value FROM store_meta WHERE key = $1';

function* bindLog(logId: string | undefined): Operation<boolean> {
  const bound = (yield* one<{ value: string }>(BOUND_LOG, LOG_KEY))?.value;
  if (bound !== undefined || logId === undefined) return bound === logId;
  // The logs of a database with events are in the database.
  const event = yield* one('SELECT 1 AS found FROM room_events LIMIT 1');
  if (event !== undefined) return false;
  const sql = 'INSERT INTO store_meta (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING';
  yield* run(sql, LOG_KEY, logId);
  return (yield* one<{ value: string }>(BOUND_LOG, LOG_KEY))?.value === logId;
}

function* readLoggedRooms(roomIds: readonly RoomId[]): Operation<LoggedRoom[]> {
  const sql = `${ROOMS} WHERE r.id = ANY($1::text[])`;
  return (yield* all<LoggedRoomRow>(sql, roomIds)).map(toLoggedRoom);
}

function* listLoggedRooms(page: {
  readonly after: RoomId | undefined;
  readonly limit: number;
}): Operation<LoggedRoom[]> {
  const sql = `${ROOMS} WHERE r.id > $1 ORDER BY r.id LIMIT $2`;
  return (yield* all<LoggedRoomRow>(sql, page.after ?? '', page.limit)).map(toLoggedRoom);
}

function* readPositions(
  roomId: RoomId,
  userIds: readonly UserId[],
): Operation<ReadonlyMap<UserId, number>> {
  const rows = yield* all<{ user_id: UserId; last_read_sequence: number }>(
    `SELECT user_id, last_read_sequence FROM read_receipts
     WHERE room_id = $1 AND user_id = ANY($2::text[])`,
    roomId,
    userIds,
  );
  return new Map(rows.map((row) => [row.user_id, row.last_read_sequence]));
}

function* readUsernames(userIds: readonly UserId[]): Operation<ReadonlyMap<UserId, string>> {
  if (userIds.length === 0) return new Map();
  const rows = yield* all<{ id: UserId; username: string }>(
    'SELECT id, username FROM users WHERE id = ANY($1::text[])',
    userIds,
  );
  return new Map(rows.map(({ id, username }) => [id, username]));
}

function* addPendingLoss(
  command: CommandOf<'access-lost'>,
  username: string,
): Operation<PendingLoss> {
  const id = randomUUID();
  yield* run(
    `INSERT INTO pending_losses (id, room_id, actor_id, subject_id, username, reason, fingerprint, admitted_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    id,
    command.roomId,
    command.userId,
    command.subjectId,
    username,
    command.reason,
    command.fingerprint,
    command.admittedAtMs,
  );
  return { id, command, username };
}

function* listPendingLosses(query: {
  readonly roomId: RoomId | undefined;
  readonly limit: number;
}): Operation<PendingLoss[]> {
  const { roomId, limit } = query;
  const losses = `SELECT ${LOSS_COLUMNS} FROM pending_losses`;
  const end = 'ORDER BY admitted_at, id LIMIT $1';
  const rows =
    roomId === undefined
      ? yield* all<LossRow>(`${losses} ${end}`, limit)
      : yield* all<LossRow>(`${losses} WHERE room_id = $2 ${end}`, limit, roomId);
  return rows.map(toPendingLoss);
}

function* deletePendingLoss(id: string): Operation<void> {
  yield* run('DELETE FROM pending_losses WHERE id = $1', id);
}

function* moveReadPosition(move: {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly to: ReadPosition;
  readonly messageId: MessageId | undefined;
  readonly atMs: number;
}): Operation<
  | { readonly position: ReadPosition; readonly hasMoved: boolean; readonly readAtMs: number }
  | undefined
> {
  const { roomId, userId, to, messageId = null, atMs } = move;
  const hasMoved = yield* movePosition({ roomId, userId, ...to, messageId, atMs });
  const row = yield* one<{
    last_read_sequence: number;
    last_read_ordinal: number;
    last_read_at: number;
  }>(
    `SELECT last_read_sequence, last_read_ordinal, last_read_at FROM read_receipts
     WHERE room_id = $1 AND user_id = $2`,
    roomId,
    userId,
  );
  if (row === undefined) return undefined;
  const position = { sequence: row.last_read_sequence, ordinal: row.last_read_ordinal };
  return { position, hasMoved, readAtMs: row.last_read_at };
}

function* recordStart(roomId: RoomId, { sequence, ordinal }: ReadPosition): Operation<void> {
  yield* run(
    'UPDATE rooms SET first_sequence = $2, pruned_ordinal = $3 WHERE id = $1 AND first_sequence < $2',
    roomId,
    sequence + 1,
    ordinal,
  );
  yield* deleteBeside(roomId, sequence);
}

function* endMembership(
  command: CommandOf<'access-lost'>,
): Operation<PendingLoss | { readonly kind: 'unlogged' } | Rejection> {
  const { roomId } = command;
  const row = yield* one<{
    kind: RoomKind;
    visibility: 'public' | 'private';
    archived_at: number | null;
    posting: string;
    pinning: string;
    head_sequence: number;
  }>(
    'SELECT kind, visibility, archived_at, posting, pinning, head_sequence FROM rooms WHERE id = $1 FOR NO KEY UPDATE',
    roomId,
  );
  if (row === undefined) return rejected('NOT_FOUND');
  const { kind, visibility } = row;
  const actors = yield* readActors([command]);
  const room = {
    kind,
    visibility,
    isArchived: row.archived_at !== null,
    posting: toPosting(row.posting),
    pinning: toPosting(row.pinning),
  };
  const decision = authorizeCommand(command, room, actors.get(authorNameOf(command)));
  if (decision.kind === 'rejected') return decision;
  const plan = planEndOfMembership(command, {
    actor: decision.value,
    roomKind: kind,
    afterSequence: row.head_sequence,
    atMs: command.admittedAtMs,
  });
  const ended = yield* decide(plan, factsOf(roomId));
  if (ended.kind === 'rejected') return ended;
  const recorded: Recorded[] = [];
  for (const effect of ended.effects) {
    if (effect.kind === 'audit') recorded.push(effect.recorded);
    else {
      const inherited = yield* writeChange(roomId, effect);
      if (inherited !== undefined) recorded.push(inherited.recorded);
    }
  }
  const loss =
    ended.kind === 'unlogged' ? undefined : yield* addPendingLoss(command, ended.username);
  // Last: see there.
  yield* appendEntries(recorded);
  return loss ?? { kind: 'unlogged' };
}

function* admitAll(roomId: RoomId, admissions: readonly Admitting[]): Operation<void> {
  for (const each of admissions) yield* admit(roomId, each);
}

export const RELATIONS = {
  reads: {
    readLoggedRooms,
    listLoggedRooms,
    isMember,
    readPositions,
    readUsernames,
    readFacts,
    listPendingLosses,
    readUnindexed,
  },
  writes: { deletePendingLoss },
  transactions: {
    bindLog,
    admit: admitAll,
    endMembership,
    recordEffects,
    moveReadPosition,
    recordStart,
    indexLogged,
    endIndexedPart,
  },
} satisfies Feature;
