/** Relational data for logs that are outside the database. */
import { randomUUID } from 'node:crypto';
import { mentionNames, type RoomId, type RoomKind, type UserId } from '@parley/protocol';
import { authorizeCommand } from '../../model/authorize-command.ts';
import { rejected } from '../../model/commit-outcome.ts';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import { decideLater, planEndOfMembership } from '../../model/plan-command.ts';
import type { LogRecord } from '../../ports/message-log.ts';
import type { LogEffects, LogRelations, PendingLoss } from '../../ports/relational-store.ts';
import {
  LOGGED_ROOM_COLUMNS,
  LOSS_COLUMNS,
  type LoggedRoomRow,
  type LossRow,
  ownMessages,
  toLoggedRoom,
  toPendingLoss,
} from '../sql/relations.ts';
import { deleteBeside } from '../sql/retention.ts';
import { LOG_KEY } from '../sql/tables.ts';
import { movePosition } from '../sql/unread.ts';
import { nameOf, readActors, readClosed } from './commit.ts';
import type { Database } from './database.ts';
import { countDeletion, EffectWriter } from './effects.ts';
import type { Queries } from './queries.ts';
import { runLater } from './run-later.ts';

const ROOMS = `SELECT ${LOGGED_ROOM_COLUMNS} FROM rooms r`;

export function logRelations(database: Database): LogRelations {
  return {
    bindLog: (logId) =>
      database.transaction(async (queries) => {
        const meta = 'SELECT value FROM store_meta WHERE key = $1';
        const bound = (await queries.one<{ value: string }>(meta, LOG_KEY))?.value;
        if (bound !== undefined || logId === undefined) return bound === logId;
        // The logs of a database with events are in the database.
        const event = 'SELECT 1 AS found FROM room_events LIMIT 1';
        if ((await queries.one(event)) !== undefined) return false;
        await queries.run(
          'INSERT INTO store_meta (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING',
          LOG_KEY,
          logId,
        );
        return (await queries.one<{ value: string }>(meta, LOG_KEY))?.value === logId;
      }),
    async readLoggedRooms(roomIds) {
      const sql = `${ROOMS} WHERE r.id = ANY($1::text[])`;
      return (await database.all<LoggedRoomRow>(sql, roomIds)).map(toLoggedRoom);
    },
    async listLoggedRooms({ after, limit }) {
      const sql = `${ROOMS} WHERE r.id > $1 ORDER BY r.id LIMIT $2`;
      return (await database.all<LoggedRoomRow>(sql, after ?? '', limit)).map(toLoggedRoom);
    },
    async isMember(roomId, userId) {
      const sql = 'SELECT 1 AS found FROM memberships WHERE room_id = $1 AND user_id = $2';
      return (await database.one(sql, roomId, userId)) !== undefined;
    },
    async readPositions(roomId, userIds) {
      const rows = await database.all<{ user_id: UserId; last_read_sequence: number }>(
        `SELECT user_id, last_read_sequence FROM read_receipts
         WHERE room_id = $1 AND user_id = ANY($2::text[])`,
        roomId,
        userIds,
      );
      return new Map(rows.map((row) => [row.user_id, row.last_read_sequence]));
    },
    async readUsernames(userIds) {
      if (userIds.length === 0) return new Map();
      const rows = await database.all<{ id: UserId; username: string }>(
        'SELECT id, username FROM users WHERE id = ANY($1::text[])',
        userIds,
      );
      return new Map(rows.map(({ id, username }) => [id, username]));
    },
    readFacts: (commands) => readFacts(database, commands),
    endMembership: (command) => database.transaction((queries) => endAndNote(queries, command)),
    async listPendingLosses({ roomId, limit }) {
      const end = 'ORDER BY admitted_at, id LIMIT $1';
      const rows =
        roomId === undefined
          ? await database.all<LossRow>(`SELECT ${LOSS_COLUMNS} FROM pending_losses ${end}`, limit)
          : await database.all<LossRow>(
              `SELECT ${LOSS_COLUMNS} FROM pending_losses WHERE room_id = $2 ${end}`,
              limit,
              roomId,
            );
      return rows.map(toPendingLoss);
    },
    async deletePendingLoss(id) {
      await database.run('DELETE FROM pending_losses WHERE id = $1', id);
    },
    recordEffects: (effects) =>
      database.commit(async (queries) => {
        await recordEffects(queries, effects);
        return { result: undefined, writes: [] };
      }),
    moveReadPosition: ({ roomId, userId, to, messageId, atMs }) =>
      database.transaction(async (queries) => {
        const own = { roomId, userId, ...to, messageId: messageId ?? null, atMs };
        const hasMoved = await runLater(queries, movePosition(own));
        const row = await queries.one<{
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
      }),
    recordStart: (roomId, { sequence, ordinal }) =>
      database.transaction(async (queries) => {
        await queries.run(
          'UPDATE rooms SET first_sequence = $2, pruned_ordinal = $3 WHERE id = $1 AND first_sequence < $2',
          roomId,
          sequence + 1,
          ordinal,
        );
        await runLater(queries, deleteBeside(roomId, sequence));
      }),
  };
}

async function readFacts(database: Database, commands: readonly LogCommand[]) {
  const roomIds = [...new Set(commands.map(({ roomId }) => roomId))];
  const [actors, direct, mentioned] = await Promise.all([
    readActors(database, commands),
    readBlocked(database, roomIds),
    readMentioned(database, commands),
  ]);
  return commands.map((command, index) => ({
    actor: actors.get(nameOf(command.roomId, command.userId)),
    isBlocked: direct.has(command.roomId),
    mentionedIds: mentioned.get(index) ?? [],
  }));
}

async function readBlocked(
  queries: Queries,
  roomIds: readonly RoomId[],
): Promise<ReadonlySet<RoomId>> {
  const rows = await queries.all<{ id: RoomId }>(
    "SELECT id FROM rooms WHERE id = ANY($1::text[]) AND kind = 'direct'",
    roomIds,
  );
  if (rows.length === 0) return new Set();
  return readClosed(
    queries,
    rows.map(({ id }) => id),
  );
}

/** Members whom the commands mention by name and who have not blocked the author, by command. */
async function readMentioned(
  queries: Queries,
  commands: readonly LogCommand[],
): Promise<ReadonlyMap<number, UserId[]>> {
  const named = commands.flatMap((command, index) => {
    if (!('mentions' in command) || command.mentions.everyone) return [];
    const { roomId, userId } = command;
    return command.mentions.names.flatMap((written) =>
      mentionNames(written).map((name, rank) => ({ index, roomId, userId, written, name, rank })),
    );
  });
  if (named.length === 0) return new Map();
  const rows = await queries.all<{ index: number; user_id: UserId }>(
    `WITH meant AS (
       SELECT DISTINCT ON (n.index, n.written) n.index, n.author_id, m.user_id
       FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[])
         AS n (index, room_id, author_id, name, written, rank)
       JOIN users u ON u.username_key = n.name
       JOIN memberships m ON m.room_id = n.room_id AND m.user_id = u.id
       ORDER BY n.index, n.written, n.rank
     )
     SELECT DISTINCT n.index, n.user_id FROM meant n
     WHERE NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = n.user_id AND b.blocked_id = n.author_id)`,
    named.map(({ index }) => index),
    named.map(({ roomId }) => roomId),
    named.map(({ userId }) => userId),
    named.map(({ name }) => name),
    named.map(({ written }) => written),
    named.map(({ rank }) => rank),
  );
  const found = new Map<number, UserId[]>();
  for (const { index, user_id } of rows) found.set(index, [...(found.get(index) ?? []), user_id]);
  return found;
}

async function endAndNote(
  queries: Queries,
  command: CommandOf<'access-lost'>,
): ReturnType<LogRelations['endMembership']> {
  const room = await queries.one<{
    kind: RoomKind;
    visibility: 'public' | 'private';
    archived_at: number | null;
    head_sequence: number;
  }>(
    'SELECT kind, visibility, archived_at, head_sequence FROM rooms WHERE id = $1 FOR NO KEY UPDATE',
    command.roomId,
  );
  if (room === undefined) return rejected('NOT_FOUND');
  const { kind, visibility } = room;
  const actors = await readActors(queries, [command]);
  const about = { kind, visibility, isArchived: room.archived_at !== null };
  const decision = authorizeCommand(command, about, [...actors.values()][0]);
  if (decision.kind === 'rejected') return decision;
  const writer = new EffectWriter(queries);
  const ofRoom = { id: command.roomId, isDirect: kind === 'direct', isClosed: false };
  const plan = planEndOfMembership(command, {
    actor: decision.value,
    roomKind: kind,
    atMs: command.admittedAtMs,
    afterSequence: room.head_sequence,
  });
  const ended = await decideLater(plan, writer.factsOf(ofRoom));
  if (ended.kind === 'rejected') return ended;
  for (const effect of ended.effects) await writer.write(ofRoom, effect, () => {});
  if (ended.kind === 'unlogged') return { kind: 'unlogged' };
  const loss: PendingLoss = { id: randomUUID(), command, username: ended.username };
  await queries.run(
    `INSERT INTO pending_losses (id, room_id, actor_id, subject_id, username, reason, fingerprint, admitted_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    loss.id,
    command.roomId,
    command.userId,
    command.subjectId,
    loss.username,
    command.reason,
    command.fingerprint,
    command.admittedAtMs,
  );
  return loss;
}

interface RecordedRoom {
  readonly id: RoomId;
  readonly kind: RoomKind;
  readonly head_sequence: number;
}

async function recordEffects(queries: Queries, effects: readonly LogEffects[]): Promise<void> {
  // Ordered by id: calls that share rooms cannot deadlock.
  const rooms = await queries.all<RecordedRoom>(
    `SELECT id, kind, head_sequence FROM rooms WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE`,
    [...new Set(effects.map(({ roomId }) => roomId))],
  );
  const byRoom = Map.groupBy(effects, ({ roomId }) => roomId);
  const added = rooms.map((room) => {
    const records = (byRoom.get(room.id) ?? []).flatMap((each) => each.records);
    // Effects are recorded once, in order, also if several nodes record them.
    return { room, records: records.filter(({ sequence }) => sequence > room.head_sequence) };
  });
  await moveHeads(
    queries,
    added.flatMap(({ records }) => records.at(-1) ?? []),
  );
  const own = added.flatMap(({ room, records }) => ownMessages(records, room.kind));
  const direct = added.flatMap(({ room, records }) =>
    room.kind === 'direct' ? ownMessages(records, room.kind) : [],
  );
  for (const record of direct) await writeReadStep(queries, record);
  await movePositions(queries, own);
  await noteWriters(queries, direct);
  const all = added.flatMap(({ records }) => records);
  await replaceMentions(queries, all);
  for (const { roomId, kind, messageSequence } of all) {
    if (kind === 'deletion' && messageSequence !== undefined) {
      await countDeletion(queries, roomId, messageSequence);
    }
  }
}

async function moveHeads(queries: Queries, last: readonly LogRecord[]): Promise<void> {
  await queries.run(
    `UPDATE rooms r SET head_sequence = e.sequence, head_ordinal = e.ordinal, last_event_at = e.created_at
     FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS e (room_id, sequence, ordinal, created_at)
     WHERE r.id = e.room_id`,
    last.map(({ roomId }) => roomId),
    last.map(({ sequence }) => sequence),
    last.map(({ ordinal }) => ordinal),
    last.map(({ createdAtMs }) => createdAtMs),
  );
}

/** Writes a read step and moves the position, so that the next message of the author sees it. */
async function writeReadStep(queries: Queries, record: LogRecord): Promise<void> {
  const { roomId, actorId, sequence, ordinal, createdAtMs } = record;
  await queries.run(
    `INSERT INTO read_steps (room_id, user_id, sequence, read_at)
     SELECT room_id, user_id, $3::bigint, $5::bigint FROM read_receipts
     WHERE room_id = $1 AND user_id = $2 AND last_read_ordinal < $4 - 1 ON CONFLICT DO NOTHING`,
    roomId,
    actorId,
    sequence,
    ordinal,
    createdAtMs,
  );
  await movePositions(queries, [record]);
}

async function movePositions(queries: Queries, records: readonly LogRecord[]): Promise<void> {
  if (records.length === 0) return;
  const latest = [
    ...new Map(records.map((each) => [nameOf(each.roomId, each.actorId), each])).values(),
  ];
  await queries.run(
    `UPDATE read_receipts p SET last_read_at = m.created_at, last_read_message_id = m.id,
       last_read_sequence = m.sequence, last_read_ordinal = m.ordinal
     FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
       AS m (room_id, user_id, id, sequence, ordinal, created_at)
     WHERE p.room_id = m.room_id AND p.user_id = m.user_id AND p.last_read_sequence < m.sequence`,
    latest.map(({ roomId }) => roomId),
    latest.map(({ actorId }) => actorId),
    latest.map(({ targetId }) => targetId),
    latest.map(({ sequence }) => sequence),
    latest.map(({ ordinal }) => ordinal),
    latest.map(({ createdAtMs }) => createdAtMs),
  );
}

/**
 * Keeps who has written in a direct room, which invitations depend on, as a key that no client can
 * use: the other keys are in the log.
 */
async function noteWriters(queries: Queries, records: readonly LogRecord[]): Promise<void> {
  if (records.length === 0) return;
  await queries.run(
    `INSERT INTO send_keys (room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at)
     SELECT room_id, sender_id, '', '', id, sequence, created_at
     FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
       AS m (room_id, sender_id, id, sequence, created_at)
     ON CONFLICT (room_id, sender_id, client_message_id) DO NOTHING`,
    records.map(({ roomId }) => roomId),
    records.map(({ actorId }) => actorId),
    records.map(({ targetId }) => targetId),
    records.map(({ sequence }) => sequence),
    records.map(({ createdAtMs }) => createdAtMs),
  );
}

async function replaceMentions(queries: Queries, records: readonly LogRecord[]): Promise<void> {
  for (const record of records) {
    const { roomId, kind, mentioned, messageSequence } = record;
    if (mentioned === undefined || messageSequence === undefined) continue;
    if (kind !== 'message') {
      const sql = 'DELETE FROM mentions WHERE room_id = $1 AND sequence = $2';
      await queries.run(sql, roomId, messageSequence);
    }
    if (mentioned.length === 0) continue;
    await queries.run(
      `INSERT INTO mentions (room_id, sequence, user_id)
       SELECT $1, $2, user_id FROM unnest($3::text[]) AS m (user_id) ON CONFLICT DO NOTHING`,
      roomId,
      messageSequence,
      mentioned === 'everyone' ? [''] : mentioned,
    );
  }
}
