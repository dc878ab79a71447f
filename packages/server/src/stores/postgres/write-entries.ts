/**
 * Writes the entries of a batch with their messages, keys, read positions and the heads of their
 * rooms. One statement costs this process and the database less than one for each table.
 */
import type { RoomKind } from '@parley/protocol';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import { detailOf, targetOf } from '../../model/log-entry.ts';
import type { ReplyPosition } from '../../model/message.ts';
import type { LogPosition } from '../../model/room-event.ts';
import { toAttachmentsCell } from '../sql-rows.ts';
import type { Queries } from './database.ts';

export interface Entry {
  readonly command: LogCommand;
  readonly position: LogPosition;
}

export interface NewMessage {
  readonly command: CommandOf<'message'>;
  readonly position: LogPosition;
  readonly roomKind: RoomKind;
  readonly reply: ReplyPosition | undefined;
}

/**
 * An entry has a content if its message is written with it. The last of an author's messages moves
 * the author's read position.
 */
const WRITE_ENTRIES = `
  WITH entry AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
      $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[], $14::text[])
      AS e (room_id, sequence, kind, actor_id, target_id, ordinal, created_at,
        detail, client_message_id, fingerprint, content, parent_id, reply_number, attachments)
  ), logged AS (
    INSERT INTO room_events (room_id, sequence, kind, actor_id, target_id, ordinal, created_at, detail)
    SELECT room_id, sequence, kind, actor_id, target_id, ordinal, created_at, detail FROM entry
  ), keyed AS (
    INSERT INTO send_keys (room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at)
    SELECT room_id, actor_id, client_message_id, fingerprint, target_id, sequence, created_at FROM entry
    WHERE client_message_id IS NOT NULL
  ), sent AS (
    INSERT INTO messages (id, room_id, user_id, content, created_at, sequence_number, client_message_id, parent_id, reply_number, attachments)
    SELECT target_id, room_id, actor_id, content, created_at, sequence, client_message_id, parent_id, reply_number, attachments
    FROM entry WHERE content IS NOT NULL
  ), own AS (
    UPDATE read_receipts p SET last_read_at = m.created_at, last_read_message_id = m.target_id,
      last_read_sequence = m.sequence, last_read_ordinal = m.ordinal
    FROM (SELECT DISTINCT ON (room_id, actor_id) room_id, actor_id, target_id, sequence, ordinal, created_at
      FROM entry WHERE content IS NOT NULL ORDER BY room_id, actor_id, sequence DESC) m
    WHERE p.room_id = m.room_id AND p.user_id = m.actor_id
  )
  UPDATE rooms r SET head_sequence = l.sequence, head_ordinal = l.ordinal, last_event_at = l.created_at
  FROM (SELECT DISTINCT ON (room_id) room_id, sequence, ordinal, created_at
    FROM entry ORDER BY room_id, sequence DESC) l
  WHERE r.id = l.room_id`;

/** @param messages Those of the entries that are not written yet. */
export async function writeEntries(
  queries: Queries,
  entries: readonly Entry[],
  messages: readonly NewMessage[],
): Promise<void> {
  const byCommand = new Map<LogCommand, NewMessage>(messages.map((each) => [each.command, each]));
  const rows = entries.map(({ command }) => byCommand.get(command));
  await queries.run(
    WRITE_ENTRIES,
    entries.map(({ position }) => position.roomId),
    entries.map(({ position }) => position.sequence),
    entries.map(({ command }) => command.kind),
    entries.map(({ position }) => position.actorId),
    entries.map(({ command }) => targetOf(command)),
    entries.map(({ position }) => position.ordinal),
    entries.map(({ position }) => position.createdAtMs),
    entries.map(({ command }) => detailOf(command) ?? null),
    entries.map(({ command }) => command.clientMessageId ?? null),
    entries.map(({ command }) => command.fingerprint),
    rows.map((row) => row?.command.content ?? null),
    rows.map((row) => row?.reply?.parentId ?? null),
    rows.map((row) => row?.reply?.number ?? null),
    rows.map((row) => toAttachmentsCell(row?.command.attachments ?? [])),
  );
}
