/**
 * One batch of commands into the logs of their rooms, in one transaction: what they
 * refer to is read at once, they are decided in memory in their order, and what
 * they change is written at once. However many they are, the statements are few.
 */
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import type { CommitOutcome, LogCommand } from '../../ports/log-store.ts';
import { type Queries, storableText } from './database.ts';

/** Where a room's log stands while a batch is decided. */
interface OpenLog {
  sequence: number;
  ordinal: number;
  lastEventAtMs: number;
  isMoved: boolean;
}

interface SendKey {
  readonly fingerprint: string;
  readonly messageId: MessageId;
  readonly sequence: number;
  readonly createdAtMs: number;
}

interface StoredMessage {
  readonly command: LogCommand;
  readonly sequence: number;
  readonly ordinal: number;
  readonly createdAtMs: number;
}

interface Batch {
  readonly logs: ReadonlyMap<RoomId, OpenLog>;
  /** By room and person. */
  readonly members: ReadonlySet<string>;
  /** By room, sender and `clientMessageId`: those that are stored, and those that this batch stores. */
  readonly keys: Map<string, SendKey>;
  readonly messages: StoredMessage[];
}

export async function commit(
  queries: Queries,
  commands: readonly LogCommand[],
): Promise<CommitOutcome[]> {
  const batch: Batch = {
    // The locks first: what is read after them stays as it is until the end.
    logs: await lockLogs(queries, commands),
    members: await readMembers(queries, commands),
    keys: await readKeys(queries, commands),
    messages: [],
  };
  const outcomes = commands.map((command) => decide(batch, command));
  if (batch.messages.length > 0) await write(queries, batch);
  return outcomes;
}

/** In order of id: batches that share rooms wait for each other, never in a ring. */
async function lockLogs(
  queries: Queries,
  commands: readonly LogCommand[],
): Promise<ReadonlyMap<RoomId, OpenLog>> {
  const rows = await queries.all<{
    id: RoomId;
    head_sequence: number;
    head_ordinal: number;
    last_event_at: number;
  }>(
    `SELECT id, head_sequence, head_ordinal, last_event_at FROM rooms
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
        isMoved: false,
      },
    ]),
  );
}

async function readMembers(
  queries: Queries,
  commands: readonly LogCommand[],
): Promise<ReadonlySet<string>> {
  const rows = await queries.all<{ room_id: RoomId; user_id: UserId }>(
    `SELECT m.room_id, m.user_id FROM memberships m
     JOIN unnest($1::text[], $2::text[]) AS c (room_id, user_id) ON c.room_id = m.room_id AND c.user_id = m.user_id`,
    commands.map(({ roomId }) => roomId),
    commands.map(({ userId }) => userId),
  );
  return new Set(rows.map((row) => nameOf(row.room_id, row.user_id)));
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

function decide(batch: Batch, command: LogCommand): CommitOutcome {
  const { roomId, userId, messageId, clientMessageId, fingerprint } = command;
  const log = batch.logs.get(roomId);
  if (log === undefined) return { kind: 'rejected', code: 'NOT_FOUND' };
  const keyName = nameOf(roomId, userId, clientMessageId ?? '');
  const repeated = clientMessageId === undefined ? undefined : batch.keys.get(keyName);
  if (repeated !== undefined) {
    const { fingerprint: first, ...answer } = repeated;
    if (first !== fingerprint) return { kind: 'rejected', code: 'CONFLICT' };
    return { kind: 'duplicate', ...answer };
  }
  if (!batch.members.has(nameOf(roomId, userId))) return { kind: 'rejected', code: 'FORBIDDEN' };

  log.sequence += 1;
  log.ordinal += 1;
  log.lastEventAtMs = Math.max(log.lastEventAtMs, command.admittedAtMs);
  log.isMoved = true;
  const place = { sequence: log.sequence, ordinal: log.ordinal, createdAtMs: log.lastEventAtMs };
  batch.messages.push({ command, ...place });
  if (clientMessageId !== undefined) {
    const { sequence, createdAtMs } = place;
    batch.keys.set(keyName, { fingerprint, messageId, sequence, createdAtMs });
  }
  return { kind: 'stored', ...place };
}

async function write(queries: Queries, { logs, messages }: Batch): Promise<void> {
  const of = <T>(field: (message: StoredMessage) => T): T[] => messages.map(field);
  const roomIds = of(({ command }) => command.roomId);
  const userIds = of(({ command }) => command.userId);
  const messageIds = of(({ command }) => command.messageId);
  const clientMessageIds = of(({ command }) => command.clientMessageId ?? null);
  const sequences = of(({ sequence }) => sequence);
  const ordinals = of(({ ordinal }) => ordinal);
  const times = of(({ createdAtMs }) => createdAtMs);
  await queries.run(
    `INSERT INTO room_events (room_id, sequence, kind, actor_id, target_id, ordinal, created_at)
     SELECT room_id, sequence, 'message', user_id, message_id, ordinal, created_at
     FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
       AS m (room_id, sequence, user_id, message_id, ordinal, created_at)`,
    roomIds,
    sequences,
    userIds,
    messageIds,
    ordinals,
    times,
  );
  await queries.run(
    `INSERT INTO messages (id, room_id, user_id, content, created_at, sequence_number, client_message_id)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[])`,
    messageIds,
    roomIds,
    userIds,
    of(({ command }) => command.content),
    times,
    sequences,
    clientMessageIds,
  );
  await queries.run(
    `INSERT INTO send_keys (room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
       AS k (room_id, sender_id, client_message_id) WHERE client_message_id IS NOT NULL`,
    roomIds,
    userIds,
    clientMessageIds,
    of(({ command }) => command.fingerprint),
    messageIds,
    sequences,
    times,
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
    ordinals,
    times,
  );
  const moved = [...logs].filter(([, { isMoved }]) => isMoved);
  await queries.run(
    `UPDATE rooms r SET head_sequence = l.sequence, head_ordinal = l.ordinal, last_event_at = l.last_event_at
     FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS l (id, sequence, ordinal, last_event_at)
     WHERE r.id = l.id`,
    moved.map(([id]) => id),
    moved.map(([, { sequence }]) => sequence),
    moved.map(([, { ordinal }]) => ordinal),
    moved.map(([, { lastEventAtMs }]) => lastEventAtMs),
  );
}

/** One text for several ids, as they are when they come back from the database. */
function nameOf(...ids: readonly string[]): string {
  return ids.map(storableText).join('\0');
}
