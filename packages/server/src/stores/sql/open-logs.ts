/** Reads the ends of the logs that a commit writes to, and keys of earlier commands. */
import type { Epoch, MessageId, RoomId, RoomKind, UserId } from '@parley/protocol';
import type { LogCommand } from '../../model/log-command.ts';
import type { Posting } from '../../model/room.ts';
import { toPosting } from '../../model/stored-role.ts';
import { all, type Operation } from './operation.ts';
import { GENERATION, toEpoch } from './rows.ts';

/** A room whose log a batch writes to, and the end of this log, which the batch moves. */
export interface LogState {
  readonly kind: RoomKind;
  readonly visibility: 'public' | 'private';
  readonly isArchived: boolean;
  readonly posting: Posting;
  readonly pinning: Posting;
  readonly epoch: Epoch;
  sequence: number;
  ordinal: number;
  lastEventAtMs: number;
}

/** Ordered by id: batches that share rooms cannot deadlock. */
export function* lockLogs(roomIds: readonly RoomId[]): Operation<Map<RoomId, LogState>> {
  const rows = yield* all<{
    id: RoomId;
    kind: RoomKind;
    visibility: LogState['visibility'];
    head_sequence: number;
    head_ordinal: number;
    last_event_at: number;
    archived_at: number | null;
    posting: string;
    pinning: string;
    log_id: string;
    generation: string;
  }>(
    `SELECT id, kind, visibility, head_sequence, head_ordinal, last_event_at, archived_at, posting, pinning, log_id,
       ${GENERATION} AS generation FROM rooms
     WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE`,
    roomIds,
  );
  return new Map(
    rows.map((row) => [
      row.id,
      {
        kind: row.kind,
        visibility: row.visibility,
        isArchived: row.archived_at !== null,
        posting: toPosting(row.posting),
        pinning: toPosting(row.pinning),
        epoch: toEpoch(row),
        sequence: row.head_sequence,
        ordinal: row.head_ordinal,
        lastEventAtMs: row.last_event_at,
      },
    ]),
  );
}

/** A command that was stored with a key of the client. */
export interface SendKey {
  readonly fingerprint: string;
  readonly messageId: MessageId;
  readonly sequence: number;
  readonly createdAtMs: number;
}

/** The stored keys of the commands, by `keyNameOf`. */
export function* readKeys(commands: readonly LogCommand[]): Operation<Map<string, SendKey>> {
  const keyed = commands.filter(({ clientMessageId }) => clientMessageId !== undefined);
  if (keyed.length === 0) return new Map();
  // CROSS JOIN keeps the order in SQLite: from the commands.
  const rows = yield* all<{
    room_id: RoomId;
    sender_id: UserId;
    client_message_id: string;
    fingerprint: string;
    event_id: MessageId;
    sequence: number;
    created_at: number;
  }>(
    `SELECT k.room_id, k.sender_id, k.client_message_id, k.fingerprint, k.event_id, k.sequence, k.created_at
     FROM unnest($1::text[], $2::text[], $3::text[]) AS c (room_id, sender_id, client_message_id)
     CROSS JOIN send_keys k WHERE k.room_id = c.room_id AND k.sender_id = c.sender_id
       AND k.client_message_id = c.client_message_id`,
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

/** Names the key of a command; undefined without one. */
export function keyNameOf({ roomId, userId, clientMessageId }: LogCommand): string | undefined {
  return clientMessageId && nameOf(roomId, userId, clientMessageId);
}

/** In the form in which both databases return the texts. */
function nameOf(...texts: readonly string[]): string {
  return texts.map(storableText).join('\0');
}

/** Replaces U+0000, which PostgreSQL cannot hold, by U+FFFD, as UTF-8 does with lone surrogates. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}
