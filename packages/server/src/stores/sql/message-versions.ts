/** Earlier texts of edited messages, which are deleted with their message. */
import type { MessageId, RoomId } from '@parley/protocol';
import {
  type MessageVersion,
  VERSION_CHARACTERS_MAX,
  VERSIONS_MAX,
} from '../../model/message-version.ts';
import { all, type Operation, run } from './operation.ts';

interface Place {
  readonly roomId: RoomId;
  /** Of the message. */
  readonly sequence: number;
}

/** Keeps the text that an edit replaces; called before the edit changes it. */
export function* keepStoredText(
  place: Place,
  edit: {
    readonly messageId: MessageId;
    readonly content: string;
    /** Of the event. */
    readonly sequence: number;
  },
): Operation<void> {
  yield* run(
    `INSERT INTO message_versions (room_id, sequence, replaced_by, content, written_at)
     SELECT room_id, sequence_number, $2, content, coalesce(edited_at, created_at) FROM messages
     WHERE id = $1 AND content <> $3`,
    ...[edit.messageId, edit.sequence, edit.content],
  );
  yield* trimVersions(place);
}

export function* keepText(
  place: Place,
  { content, writtenAtMs }: MessageVersion,
  replacedBy: number,
): Operation<void> {
  yield* run(
    'INSERT INTO message_versions (room_id, sequence, replaced_by, content, written_at) VALUES ($1, $2, $3, $4, $5)',
    ...[place.roomId, place.sequence, replacedBy, content, writtenAtMs],
  );
  yield* trimVersions(place);
}

/** Deletes the oldest versions beyond the limits. */
function* trimVersions({ roomId, sequence }: Place): Operation<void> {
  yield* run(
    `DELETE FROM message_versions WHERE room_id = $1 AND sequence = $2 AND replaced_by <= (
       SELECT max(v.replaced_by) FROM (
         SELECT replaced_by, row_number() OVER (ORDER BY replaced_by DESC) AS number,
           sum(length(content)) OVER (ORDER BY replaced_by DESC) AS characters
         FROM message_versions WHERE room_id = $1 AND sequence = $2) v
       WHERE v.number > $3 OR v.characters > $4)`,
    ...[roomId, sequence, VERSIONS_MAX, VERSION_CHARACTERS_MAX],
  );
}

export function* deleteVersions({ roomId, sequence }: Place): Operation<void> {
  yield* run('DELETE FROM message_versions WHERE room_id = $1 AND sequence = $2', roomId, sequence);
}

export function* readVersions(roomId: RoomId, sequence: number): Operation<MessageVersion[]> {
  const rows = yield* all<{ content: string; written_at: number }>(
    `SELECT content, written_at FROM message_versions WHERE room_id = $1 AND sequence = $2
     ORDER BY replaced_by DESC`,
    roomId,
    sequence,
  );
  return rows.map((row) => ({ content: row.content, writtenAtMs: row.written_at }));
}
