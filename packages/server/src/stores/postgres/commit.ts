/**
 * Writes to the logs of rooms in PostgreSQL: keys, entries, and what `plan-command.ts` decides.
 *
 * One batch is one transaction: everything that its commands refer to is read at once, the commands
 * are decided in memory in their order, and the results are written at once. A batch of messages is
 * therefore a handful of statements, whatever its size.
 */

import type { MessageId, RoomId } from '@parley/protocol';
import { type CommitOutcome, rejected } from '../../model/commit-outcome.ts';
import type { LogCommand } from '../../model/log-command.ts';
import { detailOf, targetOf } from '../../model/log-entry.ts';
import { nextPosition } from '../../model/next-position.ts';
import { type Actor, outcomeOfRepeated, planCommand } from '../../model/plan-command.ts';
import type { LogPosition } from '../../model/room-event.ts';
import { type Author, authorNameOf, readActors, readClosed } from '../sql/command-facts.ts';
import { keyNameOf, type LogState, lockLogs, readKeys, type SendKey } from '../sql/open-logs.ts';
import type { Database } from './database.ts';
import { EffectWriter } from './effects.ts';
import type { Queries } from './queries.ts';
import { runLater } from './run-later.ts';
import type { Decided, Write } from './transaction.ts';

/** A log while a batch is decided. */
interface OpenRoomLog extends LogState {
  /** A direct room in which one user has blocked the other. */
  readonly isClosed: boolean;
  isMoved: boolean;
}

interface Entry {
  readonly command: LogCommand;
  readonly position: LogPosition;
}

interface Batch {
  readonly logs: ReadonlyMap<RoomId, OpenRoomLog>;
  /** By `authorNameOf`. */
  readonly actors: Map<string, Actor>;
  /** By `keyNameOf`: stored keys and those of this batch. */
  readonly keys: Map<string, SendKey>;
  readonly writer: EffectWriter;
  readonly entries: Entry[];
}

/** Decides the commands of a batch; the returned statements store it. */
export async function decideBatch(
  queries: Queries,
  commands: readonly LogCommand[],
): Promise<Decided<CommitOutcome[]>> {
  // Executed in this order: rows read after the locks do not change until the end.
  const [logs, actors, keys] = await Promise.all([
    openLogs(queries, commands),
    runLater(queries, readActors(commands)),
    runLater(queries, readKeys(commands)),
  ]);
  const batch: Batch = { logs, actors, keys, writer: new EffectWriter(queries), entries: [] };
  const outcomes: CommitOutcome[] = [];
  for (const command of commands) outcomes.push(await commitOne(batch, command));
  const collected = await batch.writer.finish();
  if (batch.entries.length === 0) return { result: outcomes, writes: [] };
  const writes = [
    ...collected,
    writeEntries(batch.entries),
    ...writeKeys(batch.entries),
    closeLogs(batch.logs),
  ];
  return { result: outcomes, writes };
}

/**
 * Whether a batch is stored whose commit was not answered. The room's lock is free after that
 * transaction has ended, either way. The batch is stored completely or not at all, so checking one
 * entry suffices.
 *
 * @throws StoreUnavailable when the answer cannot be determined now.
 */
export async function isStored(
  database: Database,
  commands: readonly LogCommand[],
  outcomes: readonly CommitOutcome[],
): Promise<boolean> {
  const index = outcomes.findIndex(({ kind }) => kind === 'stored');
  const [command, outcome] = [commands[index], outcomes[index]];
  if (command === undefined || outcome?.kind !== 'stored') return false;
  const { roomId, sequence, createdAtMs } = outcome.event;
  return database.checkCommit(async (queries) => {
    await queries.one('SELECT id FROM rooms WHERE id = $1 FOR NO KEY UPDATE', roomId);
    const entry = await queries.one(
      `SELECT sequence FROM room_events WHERE room_id = $1 AND sequence = $2 AND kind = $3
         AND actor_id = $4 AND target_id = $5 AND created_at = $6`,
      roomId,
      sequence,
      command.kind,
      command.userId,
      targetOf(command),
      createdAtMs,
    );
    return entry !== undefined;
  });
}

async function commitOne(batch: Batch, command: LogCommand): Promise<CommitOutcome> {
  const { roomId, fingerprint } = command;
  const log = batch.logs.get(roomId);
  if (log === undefined) return rejected('NOT_FOUND');
  const keyName = keyNameOf(command);
  const repeated = keyName && batch.keys.get(keyName);
  if (repeated) return outcomeOfRepeated(command, repeated, log.epoch);
  const actor = batch.actors.get(authorNameOf(command));
  const position = nextPosition(log, command);
  const room = { id: roomId, isDirect: log.kind === 'direct', isClosed: log.isClosed };
  const plan = planCommand(command, { room: log, actor, position });
  const { outcome, effects } = await batch.writer.decide(plan, room);
  for (const effect of effects) {
    const newOwnerId = await batch.writer.write(room, effect);
    if (newOwnerId !== undefined) setOwner(batch, { roomId, userId: newOwnerId });
  }
  if (outcome.kind !== 'stored') return outcome;
  const { sequence, ordinal, createdAtMs } = position;
  Object.assign(log, { sequence, ordinal, lastEventAtMs: createdAtMs, isMoved: true });
  batch.entries.push({ command, position });
  if (keyName) {
    // The target of every command with a client's key is a message or a user.
    const messageId = targetOf(command) as MessageId;
    batch.keys.set(keyName, { fingerprint, messageId, sequence, createdAtMs });
  }
  if (command.kind === 'access-lost') {
    batch.actors.delete(authorNameOf({ roomId, userId: command.subjectId }));
  }
  return outcome;
}

/** Updates the cached role of a user who has become the owner. */
function setOwner({ actors }: Batch, member: Author): void {
  const name = authorNameOf(member);
  const actor = actors.get(name);
  if (actor !== undefined) actors.set(name, { ...actor, roomRole: 'owner' });
}

async function openLogs(
  queries: Queries,
  commands: readonly LogCommand[],
): Promise<ReadonlyMap<RoomId, OpenRoomLog>> {
  const roomIds = [...new Set(commands.map(({ roomId }) => roomId))];
  const states = await runLater(queries, lockLogs(roomIds));
  const direct = [...states].flatMap(([id, { kind }]) => (kind === 'direct' ? [id] : []));
  const closed =
    direct.length === 0 ? new Set<RoomId>() : await runLater(queries, readClosed(direct));
  return new Map(
    [...states].map(([id, state]) => [
      id,
      Object.assign(state, { isClosed: closed.has(id), isMoved: false }),
    ]),
  );
}

function writeEntries(entries: readonly Entry[]): Write {
  return {
    sql: `INSERT INTO room_events (room_id, sequence, kind, actor_id, target_id, ordinal, created_at, detail)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[])`,
    values: [
      entries.map(({ position }) => position.roomId),
      entries.map(({ position }) => position.sequence),
      entries.map(({ command }) => command.kind),
      entries.map(({ position }) => position.actorId),
      entries.map(({ command }) => targetOf(command)),
      entries.map(({ position }) => position.ordinal),
      entries.map(({ position }) => position.createdAtMs),
      entries.map(({ command }) => detailOf(command) ?? null),
    ],
  };
}

function writeKeys(entries: readonly Entry[]): Write[] {
  const keyed = entries.filter(({ command }) => command.clientMessageId !== undefined);
  if (keyed.length === 0) return [];
  return [
    {
      sql: `INSERT INTO send_keys (room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])`,
      values: [
        keyed.map(({ position }) => position.roomId),
        keyed.map(({ position }) => position.actorId),
        keyed.map(({ command }) => command.clientMessageId ?? null),
        keyed.map(({ command }) => command.fingerprint),
        keyed.map(({ command }) => targetOf(command)),
        keyed.map(({ position }) => position.sequence),
        keyed.map(({ position }) => position.createdAtMs),
      ],
    },
  ];
}

function closeLogs(logs: ReadonlyMap<RoomId, OpenRoomLog>): Write {
  const moved = [...logs].filter(([, { isMoved }]) => isMoved);
  return {
    sql: `UPDATE rooms r SET head_sequence = l.sequence, head_ordinal = l.ordinal, last_event_at = l.last_event_at
     FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS l (id, sequence, ordinal, last_event_at)
     WHERE r.id = l.id`,
    values: [
      moved.map(([id]) => id),
      moved.map(([, { sequence }]) => sequence),
      moved.map(([, { ordinal }]) => ordinal),
      moved.map(([, { lastEventAtMs }]) => lastEventAtMs),
    ],
  };
}
