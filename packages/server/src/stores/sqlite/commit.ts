/** Writing to the logs of rooms in SQLite: keys, order and permission; what an event changes is `fold.ts`. */
import type { MessageId, RoomId, RoomKind } from '@parley/protocol';
import type { CommitOutcome, LogCommand } from '../../ports/log-store.ts';
import type { LogPlace, Role, RoomEvent, RoomRole } from '../../ports/model.ts';
import { isAllowedInArchive, isKnownToOthers } from '../../ports/workspace-store.ts';
import type { Database } from './database.ts';
import { applyCommand } from './fold.ts';

/** Where a room's log stands while a batch is being written to it. */
interface OpenLog {
  readonly kind: RoomKind;
  readonly visibility: 'public' | 'private';
  readonly isArchived: boolean;
  sequence: number;
  ordinal: number;
  lastEventAtMs: number;
  isMoved: boolean;
}

/** Who gives the command, as a member of the room. */
export interface Actor {
  readonly username: string;
  readonly role: Role;
  readonly roomRole: RoomRole;
}

export function commit(
  database: Database,
  { commands }: { readonly commands: readonly LogCommand[] },
): CommitOutcome[] {
  const logs = new Map<RoomId, OpenLog | undefined>();
  const outcomes = commands.map((command) => {
    if (!logs.has(command.roomId)) logs.set(command.roomId, openLog(database, command.roomId));
    return commitOne(database, command, logs.get(command.roomId));
  });
  for (const [roomId, log] of logs) {
    if (log?.isMoved === true) closeLog(database, roomId, log);
  }
  return outcomes;
}

function openLog(database: Database, roomId: RoomId): OpenLog | undefined {
  const row = database.one<{
    kind: RoomKind;
    visibility: OpenLog['visibility'];
    head_sequence: number;
    head_ordinal: number;
    last_event_at: number;
    archived_at: number | null;
  }>(
    'SELECT kind, visibility, head_sequence, head_ordinal, last_event_at, archived_at FROM rooms WHERE id = ?',
    roomId,
  );
  return (
    row && {
      kind: row.kind,
      visibility: row.visibility,
      isArchived: row.archived_at !== null,
      sequence: row.head_sequence,
      ordinal: row.head_ordinal,
      lastEventAtMs: row.last_event_at,
      isMoved: false,
    }
  );
}

function closeLog(database: Database, roomId: RoomId, log: OpenLog): void {
  database.run(
    'UPDATE rooms SET head_sequence = ?, head_ordinal = ?, last_event_at = ? WHERE id = ?',
    log.sequence,
    log.ordinal,
    log.lastEventAtMs,
    roomId,
  );
}

function commitOne(
  database: Database,
  command: LogCommand,
  log: OpenLog | undefined,
): CommitOutcome {
  if (log === undefined) return { kind: 'rejected', code: 'NOT_FOUND' };
  const repeated = findRepeated(database, command);
  if (repeated !== undefined) return repeated;
  const actor = findActor(database, command);
  if (actor === undefined) {
    // What one may not know of is answered as what is not there.
    return { kind: 'rejected', code: isKnownToOthers(log) ? 'FORBIDDEN' : 'NOT_FOUND' };
  }
  if (log.isArchived && !isAllowedInArchive(command.kind)) {
    return { kind: 'rejected', code: 'FORBIDDEN' };
  }
  const place: LogPlace = {
    roomId: command.roomId,
    sequence: log.sequence + 1,
    ordinal: log.ordinal + (command.kind === 'message' ? 1 : 0),
    actorId: command.userId,
    createdAtMs: Math.max(log.lastEventAtMs, command.admittedAtMs),
  };
  const outcome = applyCommand(database, command, { actor, place, roomKind: log.kind });
  if (outcome.kind !== 'stored') return outcome;
  log.sequence = place.sequence;
  log.ordinal = place.ordinal;
  log.lastEventAtMs = place.createdAtMs;
  log.isMoved = true;
  writeEntry(database, command, outcome.event);
  writeKey(database, command, place);
  return outcome;
}

function findRepeated(database: Database, command: LogCommand): CommitOutcome | undefined {
  if (command.clientMessageId === undefined) return undefined;
  const key = database.one<{
    fingerprint: string;
    event_id: MessageId;
    sequence: number;
    created_at: number;
  }>(
    `SELECT fingerprint, event_id, sequence, created_at FROM send_keys
     WHERE room_id = ? AND sender_id = ? AND client_message_id = ?`,
    command.roomId,
    command.userId,
    command.clientMessageId,
  );
  if (key === undefined) return undefined;
  if (key.fingerprint !== command.fingerprint) {
    return { kind: 'rejected', code: 'CONFLICT', field: 'clientMessageId' };
  }
  return {
    kind: 'duplicate',
    messageId: key.event_id,
    sequence: key.sequence,
    createdAtMs: key.created_at,
  };
}

function findActor(database: Database, { roomId, userId }: LogCommand): Actor | undefined {
  const row = database.one<{ username: string; role: Role; room_role: RoomRole }>(
    `SELECT u.username, u.role, m.role AS room_role FROM memberships m JOIN users u ON u.id = m.user_id
     WHERE m.room_id = ? AND m.user_id = ?`,
    roomId,
    userId,
  );
  return row && { username: row.username, role: row.role, roomRole: row.room_role };
}

function writeEntry(database: Database, command: LogCommand, event: RoomEvent): void {
  database.run(
    `INSERT INTO room_events (room_id, sequence, kind, actor_id, target_id, ordinal, created_at, detail)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    event.roomId,
    event.sequence,
    event.kind,
    event.actorId,
    targetOf(command),
    event.ordinal,
    event.createdAtMs,
    detailOf(command),
  );
}

function writeKey(database: Database, command: LogCommand, place: LogPlace): void {
  if (command.clientMessageId === undefined) return;
  database.run(
    `INSERT INTO send_keys (room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    command.roomId,
    command.userId,
    command.clientMessageId,
    command.fingerprint,
    targetOf(command),
    place.sequence,
    place.createdAtMs,
  );
}

function targetOf(command: LogCommand): string {
  return command.kind === 'access-lost' ? command.subjectId : command.messageId;
}

function detailOf(command: LogCommand): string | null {
  switch (command.kind) {
    case 'reaction-added':
    case 'reaction-removed':
      return command.emoji;
    case 'access-lost':
      return command.reason;
    default:
      return null;
  }
}
