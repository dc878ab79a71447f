/** Writes to the logs of rooms in SQLite: keys, entries, and what `plan-command.ts` decides. */
import { type CommitOutcome, rejected } from '../../model/commit-outcome.ts';
import type { LogCommand } from '../../model/log-command.ts';
import { detailOf, targetOf } from '../../model/log-entry.ts';
import type { ReplyPosition } from '../../model/message.ts';
import { nextPosition } from '../../model/next-position.ts';
import { outcomeOfRepeated, planCommand } from '../../model/plan-command.ts';
import type { LogPosition } from '../../model/room-event.ts';
import { decide, factsOf } from '../sql/effects.ts';
import { keyNameOf, readKeys } from '../sql/open-logs.ts';
import type { Database } from './database.ts';
import { writeEffect } from './effects.ts';
import { type OpenRoomLog, RoomLogWriter } from './room-log-writer.ts';
import { runNow } from './run-now.ts';

/** A stored message, without what its command contains: most of it does not have to leave the thread. */
export interface MessageStored {
  readonly kind: 'message-stored';
  readonly position: LogPosition;
  readonly sender: string;
  readonly reply: ReplyPosition | undefined;
}

export function commit(
  database: Database,
  { commands }: { readonly commands: readonly LogCommand[] },
): (CommitOutcome | MessageStored)[] {
  const logs = RoomLogWriter.resume(database);
  const outcomes = commands.map((command) =>
    commitOne(database, command, logs.find(command.roomId)),
  );
  logs.flush();
  return outcomes;
}

/**
 * Writes the key first: whether that succeeds shows in one step if the command is repeated. A
 * rejected command deletes its key again.
 */
function commitOne(
  database: Database,
  command: LogCommand,
  log: OpenRoomLog | undefined,
): CommitOutcome | MessageStored {
  if (log === undefined) return rejected('NOT_FOUND');
  const position = nextPosition(log.state, command);
  if (!writeKey(database, command, position)) return findRepeated(database, command, log);
  const plan = planCommand(command, {
    room: log.state,
    actor: log.findActor(command.userId),
    position,
  });
  const { outcome, effects } = runNow(database, decide(plan, factsOf(command.roomId)));
  for (const effect of effects) writeEffect(database, log, effect);
  if (outcome.kind !== 'stored') {
    deleteKey(database, command);
    return outcome;
  }
  writeEntry(database, command, position);
  log.advance(position);
  const { event } = outcome;
  if (event.kind !== 'message') return outcome;
  const { sender, reply } = event.message;
  return { kind: 'message-stored', position, sender, reply };
}

/** Returns false if the key already exists. */
function writeKey(database: Database, command: LogCommand, position: LogPosition): boolean {
  if (command.clientMessageId === undefined) return true;
  const written = database.run(
    `INSERT INTO send_keys (room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (room_id, sender_id, client_message_id) DO NOTHING`,
    command.roomId,
    command.userId,
    command.clientMessageId,
    command.fingerprint,
    targetOf(command),
    position.sequence,
    position.createdAtMs,
  );
  return written === 1;
}

function deleteKey(database: Database, command: LogCommand): void {
  if (command.clientMessageId === undefined) return;
  database.run(
    'DELETE FROM send_keys WHERE room_id = ? AND sender_id = ? AND client_message_id = ?',
    command.roomId,
    command.userId,
    command.clientMessageId,
  );
}

/** Returns the result of the command that has the key. */
function findRepeated(database: Database, command: LogCommand, { state }: OpenRoomLog) {
  const key = runNow(database, readKeys([command])).get(keyNameOf(command) ?? '');
  if (key === undefined) return rejected('CONFLICT', 'clientMessageId');
  return outcomeOfRepeated(command, key, state.epoch);
}

function writeEntry(database: Database, command: LogCommand, position: LogPosition): void {
  database.run(
    `INSERT INTO room_events (room_id, sequence, kind, actor_id, target_id, ordinal, created_at, detail)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    position.roomId,
    position.sequence,
    command.kind,
    position.actorId,
    targetOf(command),
    position.ordinal,
    position.createdAtMs,
    detailOf(command) ?? null,
  );
}
