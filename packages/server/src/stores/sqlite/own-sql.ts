/** SQLite's own statements: those that differ from PostgreSQL's in more than their notation. */
import { LIMITS } from '@parley/protocol';
import type { OwnSql } from '../sql/own-sql.ts';
import {
  HEAD_COLUMNS,
  KNOWN_HEAD,
  LAST_CHARACTER,
  MESSAGE_COLUMNS,
  USER_COLUMNS,
} from '../sql/rows.ts';
import { EXPIRED_ROWS_MAX } from '../sql/tables.ts';

/** Maximum number of ended sessions in one answer; the next call goes on. */
const ENDED_LISTED_MAX = 1000;

/** Places of search documents in a millisecond, and the last one that has them: in the year 2245. */
const PLACES = 2 ** 20;
const PLACED_MS_MAX = 8_700_000_000_000;
/** The first place of a millisecond: a number of SQLite, with more digits than those of JavaScript. */
const placeAt = (ms: string): string =>
  `(CAST(max(0, min(${ms}, ${PLACED_MS_MAX})) AS INTEGER) * ${PLACES})`;
const PLACE = placeAt('q.created_at');

/** The conditions of all rooms in the notation of FTS5. */
const CONDITION = `(SELECT group_concat('(' ||
    replace(replace(replace(replace(value, ':*', ' *'), '''', '"'), '&', 'AND'), '|', 'OR') || ')', ' OR ')
  FROM json_each($2))`;

/** Without LATERAL, a limit for each room, user or member is the key of its last row. */
export const OWN_SQL: OwnSql = Object.freeze({
  latestMessages: `SELECT ${MESSAGE_COLUMNS} FROM json_each($1) q CROSS JOIN messages m CROSS JOIN users u
    WHERE m.room_id = q.value AND u.id = m.user_id
      AND m.sequence_number = (SELECT sequence_number FROM messages WHERE room_id = q.value
        ORDER BY sequence_number DESC LIMIT 1)`,
  movedHeads: `SELECT q.id AS known_id, r.id, ${HEAD_COLUMNS}
    FROM (SELECT value, substr(value, 1, instr(value, ' ') - 1) AS id FROM json_each($1)) q
    LEFT JOIN rooms r ON r.id = q.id WHERE r.id IS NULL OR q.value <> ${KNOWN_HEAD}`,
  // The rest of the users of popular reactions is not read.
  reactions: `SELECT c.message_id, c.emoji, c.count AS total, r.user_id FROM reaction_counts c CROSS JOIN reactions r
    WHERE c.message_id IN (SELECT value FROM json_each($1)) AND r.message_id = c.message_id AND r.emoji = c.emoji
      AND r.sequence <= CASE WHEN c.count <= ${LIMITS.reactionUsersListed} THEN ${Number.MAX_SAFE_INTEGER}
        ELSE (SELECT sequence FROM reactions WHERE message_id = c.message_id AND emoji = c.emoji
          ORDER BY sequence LIMIT 1 OFFSET ${LIMITS.reactionUsersListed - 1}) END
    ORDER BY c.message_id, c.emoji, r.sequence`,
  membersOfRooms: `SELECT m.room_id, ${USER_COLUMNS}, u.last_seen_at, m.role AS room_role
    FROM json_each($1) q CROSS JOIN memberships m CROSS JOIN users u
    WHERE m.room_id = q.value AND u.id = m.user_id AND m.user_id <= coalesce(
      (SELECT user_id FROM memberships WHERE room_id = q.value ORDER BY user_id LIMIT 1 OFFSET $2 - 1),
      '${LAST_CHARACTER}')
    ORDER BY m.user_id`,
  roomIdsOfUsers: `SELECT q.value AS user_id, (SELECT json_group_array(room_id) FROM (
      SELECT room_id FROM memberships WHERE user_id = q.value LIMIT $2)) AS room_ids
    FROM json_each($1) q`,
  readSteps: `SELECT s.user_id, s.sequence AS last_read_sequence, s.read_at AS last_read_at
    FROM memberships m CROSS JOIN read_steps s
    WHERE m.room_id = $1 AND s.room_id = m.room_id AND s.user_id = m.user_id AND s.sequence BETWEEN $2 AND coalesce(
      (SELECT sequence FROM read_steps WHERE room_id = m.room_id AND user_id = m.user_id AND sequence >= $2
       ORDER BY sequence LIMIT 1 OFFSET $3 - 1), ${Number.MAX_SAFE_INTEGER})
    UNION SELECT user_id, last_read_sequence, last_read_at FROM read_receipts
    WHERE room_id = $1 AND last_read_sequence >= $2 ORDER BY 1, 2`,
  firstReads: `SELECT p.room_id, p.user_id, coalesce(s.sequence, p.last_read_sequence) AS last_read_sequence,
      coalesce(s.read_at, p.last_read_at) AS last_read_at
    FROM json_each($1) q CROSS JOIN read_receipts p
    LEFT JOIN read_steps s ON s.room_id = p.room_id AND s.user_id = p.user_id AND s.sequence = (
      SELECT min(sequence) FROM read_steps
      WHERE room_id = p.room_id AND user_id = p.user_id AND sequence >= $2 ->> q.key)
    WHERE p.room_id = q.value AND p.last_read_sequence >= $2 ->> q.key`,
  deleteReactionsUpTo: `DELETE FROM reactions WHERE (message_id, emoji, user_id) IN (
      SELECT t.message_id, t.emoji, t.user_id FROM messages m CROSS JOIN reactions t
      WHERE t.message_id = m.id AND m.room_id = $1 AND m.sequence_number <= $2 LIMIT $3)`,
  deleteReactionsOf: `DELETE FROM reactions WHERE message_id = $1 AND (emoji, user_id) IN (
      SELECT emoji, user_id FROM reactions WHERE message_id = $1 LIMIT $2)`,
  deleteSendKeys: `DELETE FROM send_keys
    WHERE rowid IN (SELECT rowid FROM send_keys WHERE room_id = $1 LIMIT $2)`,
  // After the documents of the same millisecond. A place that is taken, which takes a million of them,
  // leaves the message out.
  indexTexts: `INSERT OR IGNORE INTO search_documents (place, room_id, sequence, created_at, terms)
    SELECT coalesce((SELECT d.place FROM search_documents d
        WHERE d.place >= ${PLACE} AND d.place < ${PLACE} + ${PLACES} ORDER BY d.place DESC LIMIT 1), ${PLACE} - 1)
        + row_number() OVER (PARTITION BY q.created_at ORDER BY q.created_at, q.key),
      q.room_id, q.sequence, q.created_at, q.terms
    FROM (SELECT key, value ->> 0 AS room_id, value ->> 1 AS sequence, value ->> 2 AS created_at,
      value ->> 3 AS terms FROM json_each($1)) q`,
  // The tie is the place within the millisecond, which orders messages before their rooms.
  searchMatches: `SELECT d.room_id, d.sequence, d.created_at, d.place - ${placeAt('d.created_at')} AS tie
    FROM (SELECT rowid AS place FROM search_index
      WHERE search_index MATCH ${CONDITION} AND rowid >= ${placeAt('$3')}
        AND rowid < min(${placeAt('$4')}, ${placeAt('$5')} + CAST($6 AS INTEGER))
      ORDER BY rowid DESC LIMIT $9) f CROSS JOIN search_documents d
    WHERE d.place = f.place AND d.room_id IN (SELECT value FROM json_each($1))
      AND $7 IS NOT NULL AND $8 IS NOT NULL`,
  // One transaction writes at a time.
  lockKeys: 'SELECT $1 AS locked',
  // The cursor is the id of the latest row: one transaction writes at a time, so ids are in order.
  endedSessions: `SELECT coalesce(r.id, l.latest) AS cursor, r.session_key
    FROM (SELECT coalesce((SELECT id FROM revocations ORDER BY id DESC LIMIT 1), 0) AS latest) l
    LEFT JOIN (SELECT id, session_key FROM revocations WHERE id > $1 ORDER BY id LIMIT ${ENDED_LISTED_MAX}) r
    ORDER BY r.id`,
  deleteOldRevocations: `DELETE FROM revocations WHERE id IN (SELECT id FROM revocations
    WHERE revoked_at < CAST(unixepoch('subsec') * 1000 AS INTEGER) - $1 LIMIT ${EXPIRED_ROWS_MAX})`,
});
