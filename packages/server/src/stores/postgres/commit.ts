/**
 * One batch of commands into the logs of their rooms, in one transaction: what they
 * refer to is read at once, they are decided in memory in their order, and what
 * they change is written at once. However many they are, the statements are few.
 */
import type { MessageId, RoomId, RoomKind, UserId } from '@parley/protocol';
import type { CommandOf, CommitOutcome, LogCommand } from '../../ports/log-store.ts';
import type { LogPlace, Message, Role, Room, RoomEvent, RoomRole } from '../../ports/model.ts';
import { type Queries, storableText } from './database.ts';
import { applyCommand, writeMentions } from './fold.ts';

/** Where a room's log stands while a batch is decided. */
interface OpenLog {
  readonly kind: RoomKind;
  readonly visibility: Room['visibility'];
  sequence: number;
  ordinal: number;
  lastEventAtMs: number;
}

/** Who gives a command, as a member of the room. */
export interface Actor {
  readonly username: string;
  readonly role: Role;
  readonly roomRole: RoomRole;
}

interface SendKey {
  readonly fingerprint: string;
  readonly messageId: MessageId;
  readonly sequence: number;
  readonly createdAtMs: number;
}

interface Entry {
  readonly command: LogCommand;
  readonly event: RoomEvent;
}

interface Batch {
  readonly logs: ReadonlyMap<RoomId, OpenLog>;
  /** By room and person. */
  readonly actors: ReadonlyMap<string, Actor>;
  /** By room, sender and `clientMessageId`: those that are stored, and those that this batch stores. */
  readonly keys: Map<string, SendKey>;
}

/** A message that changes nothing but itself; of these many are written at once. */
type Plain = CommandOf<'message'>;

export async function commit(
  queries: Queries,
  commands: readonly LogCommand[],
): Promise<CommitOutcome[]> {
  // The locks first: what is read after them stays as it is until the end.
  const logs = await lockLogs(queries, commands);
  const outcomes: CommitOutcome[] = [];
  for (const run of runsOf(logs, commands)) {
    const batch: Batch = {
      logs,
      actors: await readActors(queries, run),
      keys: await readKeys(queries, run),
    };
    const plain = run.filter((command) => isPlain(logs, command));
    const entries: Entry[] = [];
    if (plain.length === run.length) {
      const decided = plain.map((command) => decidePlain(batch, command));
      outcomes.push(...decided);
      for (const [index, command] of plain.entries()) {
        const outcome = decided[index];
        if (outcome?.kind === 'stored') entries.push({ command, event: outcome.event });
      }
      await writeMessages(queries, entries);
    } else {
      for (const command of run) {
        const outcome = await applyOne(queries, batch, command);
        outcomes.push(outcome);
        if (outcome.kind === 'stored') entries.push({ command, event: outcome.event });
      }
    }
    if (entries.length > 0) await writeEntries(queries, entries);
  }
  if (outcomes.some(({ kind }) => kind === 'stored')) await writeHeads(queries, logs);
  return outcomes;
}

/** Neighbours that are plain together, every other command by itself: it may change what the next one meets. */
function runsOf(
  logs: ReadonlyMap<RoomId, OpenLog>,
  commands: readonly LogCommand[],
): LogCommand[][] {
  const runs: LogCommand[][] = [];
  let isRunPlain = false;
  for (const command of commands) {
    const plain = isPlain(logs, command);
    if (plain && isRunPlain) runs.at(-1)?.push(command);
    else runs.push([command]);
    isRunPlain = plain;
  }
  return runs;
}

function isPlain(logs: ReadonlyMap<RoomId, OpenLog>, command: LogCommand): command is Plain {
  // Of a direct room it is looked at whether the two still talk.
  return (
    command.kind === 'message' &&
    command.parentId === undefined &&
    logs.get(command.roomId)?.kind !== 'direct'
  );
}

/** In order of id: batches that share rooms wait for each other, never in a ring. */
async function lockLogs(
  queries: Queries,
  commands: readonly LogCommand[],
): Promise<ReadonlyMap<RoomId, OpenLog>> {
  const rows = await queries.all<{
    id: RoomId;
    kind: RoomKind;
    visibility: Room['visibility'];
    head_sequence: number;
    head_ordinal: number;
    last_event_at: number;
  }>(
    `SELECT id, kind, visibility, head_sequence, head_ordinal, last_event_at FROM rooms
     WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE`,
    [...new Set(commands.map(({ roomId }) => roomId))],
  );
  return new Map(
    rows.map((row) => [
      row.id,
      {
        sequence: row.head_sequence,
        ordinal: row.head_ordinal,
        lastEventAtMs: row.last_event_at,
        kind: row.kind,
        visibility: row.visibility,
      },
    ]),
  );
}

async function readActors(
  queries: Queries,
  commands: readonly LogCommand[],
): Promise<ReadonlyMap<string, Actor>> {
  const rows = await queries.all<{
    room_id: RoomId;
    user_id: UserId;
    username: string;
    role: Role;
    room_role: RoomRole;
  }>(
    `SELECT m.room_id, m.user_id, u.username, u.role, m.role AS room_role FROM memberships m
     JOIN unnest($1::text[], $2::text[]) AS c (room_id, user_id) ON c.room_id = m.room_id AND c.user_id = m.user_id
     JOIN users u ON u.id = m.user_id`,
    commands.map(({ roomId }) => roomId),
    commands.map(({ userId }) => userId),
  );
  return new Map(
    rows.map(({ room_id, user_id, username, role, room_role: roomRole }) => [
      nameOf(room_id, user_id),
      { username, role, roomRole },
    ]),
  );
}

async function readKeys(
  queries: Queries,
  commands: readonly LogCommand[],
): Promise<Map<string, SendKey>> {
  const keyed = commands.filter(({ clientMessageId }) => clientMessageId !== undefined);
  if (keyed.length === 0) return new Map();
  const rows = await queries.all<{
    room_id: string;
    sender_id: string;
    client_message_id: string;
    fingerprint: string;
    event_id: MessageId;
    sequence: number;
    created_at: number;
  }>(
    `SELECT k.* FROM send_keys k
     JOIN unnest($1::text[], $2::text[], $3::text[]) AS c (room_id, sender_id, client_message_id)
       ON c.room_id = k.room_id AND c.sender_id = k.sender_id AND c.client_message_id = k.client_message_id`,
    keyed.map(({ roomId }) => roomId),
    keyed.map(({ userId }) => userId),
    keyed.map(({ clientMessageId }) => clientMessageId ?? null),
  );
  return new Map(
    rows.map((row) => [
      nameOf(row.room_id, row.sender_id, row.client_message_id),
      {
        fingerprint: row.fingerprint,
        messageId: row.event_id,
        sequence: row.sequence,
        createdAtMs: row.created_at,
      },
    ]),
  );
}

function decidePlain(batch: Batch, command: Plain): CommitOutcome {
  const admission = admit(batch, command);
  if (admission.kind !== 'admitted') return admission;
  const { place, actor } = admission;
  const { roomId, userId, messageId: id, content, clientMessageId } = command;
  const message: Message = {
    id,
    roomId,
    userId,
    sender: actor.username,
    content,
    createdAtMs: place.createdAtMs,
    sequence: place.sequence,
    clientMessageId,
    editedAtMs: undefined,
    isDeleted: false,
    isPinned: false,
    reactions: [],
    replyCount: 0,
    reply: undefined,
  };
  take(batch, command, place);
  return { kind: 'stored', event: { ...place, kind: 'message', message } };
}

async function applyOne(
  queries: Queries,
  batch: Batch,
  command: LogCommand,
): Promise<CommitOutcome> {
  const admission = admit(batch, command);
  if (admission.kind !== 'admitted') return admission;
  const { place, actor, roomKind } = admission;
  const outcome = await applyCommand(queries, command, { place, actor, roomKind });
  if (outcome.kind === 'stored') take(batch, command, place);
  return outcome;
}

/** The key first, then the membership: a retry is answered whatever has changed since. */
function admit(
  { logs, keys, actors }: Batch,
  command: LogCommand,
):
  | Exclude<CommitOutcome, { readonly kind: 'stored' }>
  | {
      readonly kind: 'admitted';
      readonly place: LogPlace;
      readonly actor: Actor;
      readonly roomKind: RoomKind;
    } {
  const { roomId, userId, clientMessageId, fingerprint } = command;
  const log = logs.get(roomId);
  if (log === undefined) return { kind: 'rejected', code: 'NOT_FOUND' };
  const repeated =
    clientMessageId === undefined ? undefined : keys.get(nameOf(roomId, userId, clientMessageId));
  if (repeated !== undefined) {
    const { fingerprint: first, ...answer } = repeated;
    if (first === fingerprint) return { kind: 'duplicate', ...answer };
    return { kind: 'rejected', code: 'CONFLICT', field: 'clientMessageId' };
  }
  const actor = actors.get(nameOf(roomId, userId));
  if (actor === undefined) {
    // What one may not know of is answered as what is not there.
    return { kind: 'rejected', code: log.visibility === 'public' ? 'FORBIDDEN' : 'NOT_FOUND' };
  }
  const place = {
    roomId,
    sequence: log.sequence + 1,
    ordinal: log.ordinal + (command.kind === 'message' ? 1 : 0),
    actorId: userId,
    createdAtMs: Math.max(log.lastEventAtMs, command.admittedAtMs),
  };
  return { kind: 'admitted', place, actor, roomKind: log.kind };
}

/** The place is the command's: the next one gets the next. */
function take({ logs, keys }: Batch, command: LogCommand, place: LogPlace): void {
  const { roomId, userId, clientMessageId, fingerprint } = command;
  const { sequence, ordinal, createdAtMs } = place;
  const log = logs.get(roomId);
  if (log !== undefined) Object.assign(log, { sequence, ordinal, lastEventAtMs: createdAtMs });
  if (clientMessageId === undefined || command.kind === 'access-lost') return;
  const key = { fingerprint, messageId: command.messageId, sequence, createdAtMs };
  keys.set(nameOf(roomId, userId, clientMessageId), key);
}

async function writeMessages(queries: Queries, entries: readonly Entry[]): Promise<void> {
  const messages = entries.flatMap(({ command, event }) =>
    event.kind === 'message' && command.kind === 'message'
      ? [{ ...event.message, ordinal: event.ordinal, mentions: command.mentions }]
      : [],
  );
  if (messages.length === 0) return;
  const of = <T>(field: (message: (typeof messages)[number]) => T): T[] => messages.map(field);
  const roomIds = of(({ roomId }) => roomId);
  const userIds = of(({ userId }) => userId);
  const messageIds = of(({ id }) => id);
  const sequences = of(({ sequence }) => sequence);
  const times = of(({ createdAtMs }) => createdAtMs);
  await queries.run(
    `INSERT INTO messages (id, room_id, user_id, content, created_at, sequence_number, client_message_id)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[])`,
    messageIds,
    roomIds,
    userIds,
    of(({ content }) => content),
    times,
    sequences,
    of(({ clientMessageId }) => clientMessageId ?? null),
  );
  // Who writes has read: so the unread count is a subtraction.
  await queries.run(
    `UPDATE read_receipts p SET last_read_at = m.created_at, last_read_message_id = m.message_id,
       last_read_sequence = m.sequence, last_read_ordinal = m.ordinal
     FROM (
       SELECT DISTINCT ON (room_id, user_id) * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
         AS m (room_id, user_id, message_id, sequence, ordinal, created_at)
       ORDER BY room_id, user_id, sequence DESC
     ) m WHERE p.room_id = m.room_id AND p.user_id = m.user_id`,
    roomIds,
    userIds,
    messageIds,
    sequences,
    of(({ ordinal }) => ordinal),
    times,
  );
  for (const { roomId, sequence, mentions } of messages) {
    await writeMentions(queries, { roomId, mentions }, sequence);
  }
}

async function writeEntries(queries: Queries, entries: readonly Entry[]): Promise<void> {
  const of = <T>(field: (entry: Entry) => T): T[] => entries.map(field);
  const roomIds = of(({ event }) => event.roomId);
  const actorIds = of(({ event }) => event.actorId);
  const targetIds = of(({ command }) => targetOf(command));
  const sequences = of(({ event }) => event.sequence);
  const times = of(({ event }) => event.createdAtMs);
  await queries.run(
    `INSERT INTO room_events (room_id, sequence, kind, actor_id, target_id, ordinal, created_at, detail)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[])`,
    roomIds,
    sequences,
    of(({ event }) => event.kind),
    actorIds,
    targetIds,
    of(({ event }) => event.ordinal),
    times,
    of(({ command }) => detailOf(command)),
  );
  await queries.run(
    `INSERT INTO send_keys (room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
       AS k (room_id, sender_id, client_message_id) WHERE client_message_id IS NOT NULL`,
    roomIds,
    actorIds,
    of(({ command }) => command.clientMessageId ?? null),
    of(({ command }) => command.fingerprint),
    targetIds,
    sequences,
    times,
  );
}

async function writeHeads(queries: Queries, logs: ReadonlyMap<RoomId, OpenLog>): Promise<void> {
  const moved = [...logs];
  await queries.run(
    `UPDATE rooms r SET head_sequence = l.sequence, head_ordinal = l.ordinal, last_event_at = l.last_event_at
     FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS l (id, sequence, ordinal, last_event_at)
     WHERE r.id = l.id AND r.head_sequence <> l.sequence`,
    moved.map(([id]) => id),
    moved.map(([, { sequence }]) => sequence),
    moved.map(([, { ordinal }]) => ordinal),
    moved.map(([, { lastEventAtMs }]) => lastEventAtMs),
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

/** One text for several ids, as they are when they come back from the database. */
function nameOf(...ids: readonly string[]): string {
  return ids.map(storableText).join('\0');
}
