/** PostgreSQL's own statements: those that differ from SQLite's in more than their notation. */
import { LIMITS } from '@parley/protocol';
import type { OwnSql } from '../sql/own-sql.ts';
import { HEAD_COLUMNS, KNOWN_HEAD, MESSAGE_COLUMNS, USER_COLUMNS } from '../sql/rows.ts';
import { EXPIRED_ROWS_MAX } from '../sql/tables.ts';

/** Longer than a transaction that ends sessions may take. */
const COMMIT_MS_MAX = 30_000;
const NOW_MS = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/** Documents of all rooms of a search whose terms are compared before the index of terms is used. */
const LATEST_COMPARED = 2000;
const ORDER = 'd.created_at DESC, d.room_id DESC, d.sequence DESC';
const IN_RANGE = `d.created_at >= $3 AND d.created_at < $4
  AND (d.created_at, d.room_id, d.sequence) < ($5::bigint, $7::text, $8::bigint)`;

export const OWN_SQL: OwnSql = Object.freeze({
  latestMessages: `SELECT latest.* FROM unnest($1::text[]) AS q (room_id) CROSS JOIN LATERAL (
      SELECT ${MESSAGE_COLUMNS} FROM messages m JOIN users u ON u.id = m.user_id
      WHERE m.room_id = q.room_id ORDER BY m.sequence_number DESC LIMIT 1) latest`,
  // The driver takes long to write arrays.
  movedHeads: `SELECT q.id AS known_id, r.id, ${HEAD_COLUMNS}
    FROM (SELECT value, split_part(value, ' ', 1) AS id FROM json_array_elements_text($1::json) AS n (value)) q
    LEFT JOIN rooms r ON r.id = q.id WHERE r.id IS NULL OR q.value <> ${KNOWN_HEAD}`,
  // The subquery around the ids hides their number from the planner, which would plan the statement
  // again for each list that is shorter than its estimate.
  reactions: `SELECT c.message_id, c.emoji, c.count AS total, r.user_id FROM reaction_counts c
    CROSS JOIN LATERAL (SELECT user_id, sequence FROM reactions
      WHERE message_id = c.message_id AND emoji = c.emoji
      ORDER BY sequence LIMIT ${LIMITS.reactionUsersListed}) r
    WHERE c.message_id = ANY((SELECT $1::text[])::text[]) ORDER BY c.message_id, c.emoji, r.sequence`,
  membersOfRooms: `SELECT q.room_id, ${USER_COLUMNS}, u.last_seen_at, m.role AS room_role
    FROM unnest($1::text[]) AS q (room_id)
    CROSS JOIN LATERAL (SELECT user_id, role FROM memberships WHERE room_id = q.room_id ORDER BY user_id LIMIT $2) m
    JOIN users u ON u.id = m.user_id ORDER BY m.user_id`,
  roomIdsOfUsers: `SELECT q.user_id,
      to_json(ARRAY(SELECT room_id FROM memberships WHERE user_id = q.user_id LIMIT $2))::text AS room_ids
    FROM unnest($1::text[]) AS q (user_id)`,
  readSteps: `SELECT p.user_id, s.last_read_sequence, s.last_read_at FROM read_receipts p CROSS JOIN LATERAL (
      (SELECT sequence AS last_read_sequence, read_at AS last_read_at FROM read_steps
       WHERE room_id = p.room_id AND user_id = p.user_id AND sequence >= $2 ORDER BY sequence LIMIT $3)
      UNION SELECT p.last_read_sequence, p.last_read_at WHERE p.last_read_sequence >= $2) s
    WHERE p.room_id = $1 ORDER BY p.user_id, s.last_read_sequence`,
  firstReads: `SELECT p.room_id, p.user_id, s.last_read_sequence, s.last_read_at
    FROM unnest($1::text[], $2::bigint[]) AS q (room_id, sequence)
    JOIN read_receipts p ON p.room_id = q.room_id CROSS JOIN LATERAL (
      (SELECT sequence AS last_read_sequence, read_at AS last_read_at FROM read_steps
       WHERE room_id = p.room_id AND user_id = p.user_id AND sequence >= q.sequence ORDER BY sequence LIMIT 1)
      UNION SELECT p.last_read_sequence, p.last_read_at WHERE p.last_read_sequence >= q.sequence
      ORDER BY last_read_sequence LIMIT 1) s`,
  deleteReactionsUpTo: `DELETE FROM reactions WHERE ctid = ANY (ARRAY(
      SELECT t.ctid FROM messages m
      CROSS JOIN LATERAL (SELECT ctid FROM reactions WHERE message_id = m.id LIMIT $3) t
      WHERE m.room_id = $1 AND m.sequence_number <= $2 LIMIT $3))`,
  deleteReactionsOf: `DELETE FROM reactions
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM reactions WHERE message_id = $1 LIMIT $2))`,
  deleteSendKeys: `DELETE FROM send_keys
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM send_keys WHERE room_id = $1 LIMIT $2))`,
  indexTexts: `INSERT INTO search_documents (room_id, sequence, created_at, terms)
    SELECT d ->> 0, (d ->> 1)::bigint, (d ->> 2)::bigint, array_to_tsvector(string_to_array(d ->> 3, ' '))
    FROM json_array_elements($1::json) AS q (d) ON CONFLICT DO NOTHING`,
  // Common terms are among the latest documents of each room: matches later than the oldest that was read
  // of each room are the latest of all. The index of terms has no order: it finds all documents of the
  // rooms with a term, which are few if the latest ones have few. OFFSET keeps range and room apart from
  // the terms: the planner would read another index for them.
  searchMatches: `WITH searched AS MATERIALIZED (
      SELECT q.room_id, q.condition::tsquery AS condition,
        ${LATEST_COMPARED} / cardinality($1::text[]) AS compared_max
      FROM unnest($1::text[], $2::text[]) AS q (room_id, condition)
    ), latest AS MATERIALIZED (
      SELECT d.created_at, d.room_id, d.sequence, d.fits, q.compared_max FROM searched q CROSS JOIN LATERAL (
        SELECT d.created_at, d.room_id, d.sequence, d.terms @@ q.condition AS fits FROM search_documents d
        WHERE d.room_id = q.room_id AND d.created_at >= $3 AND d.created_at < $4 AND d.created_at <= $5::bigint
          AND (d.created_at, d.room_id, d.sequence) < ($5::bigint, $7::text, $8::bigint)
        ORDER BY d.created_at DESC, d.sequence DESC LIMIT q.compared_max) d
    ), unread AS MATERIALIZED (
      SELECT max(oldest) AS until FROM (
        SELECT min(created_at) AS oldest FROM latest GROUP BY room_id, compared_max
        HAVING count(*) >= compared_max) o
    ), near AS MATERIALIZED (
      SELECT d.created_at, d.room_id, d.sequence FROM latest d
      WHERE d.fits AND d.created_at > coalesce((SELECT until FROM unread), -1) ORDER BY ${ORDER} LIMIT $9
    ), is_near AS MATERIALIZED (
      SELECT (SELECT until FROM unread) IS NULL OR (SELECT count(*) FROM near) >= $9 AS yes
    )
    SELECT d.room_id, d.sequence, d.created_at, $6::bigint * 0 AS tie FROM (
      SELECT d.created_at, d.room_id, d.sequence FROM near d WHERE (SELECT yes FROM is_near)
      UNION ALL
      SELECT d.created_at, d.room_id, d.sequence FROM searched q CROSS JOIN LATERAL (
        SELECT d.created_at, d.room_id, d.sequence FROM (
          SELECT d.created_at, d.room_id, d.sequence FROM search_documents d WHERE d.terms @@ q.condition OFFSET 0) d
        WHERE d.room_id = q.room_id AND ${IN_RANGE} ORDER BY ${ORDER} LIMIT $9) d
      WHERE NOT (SELECT yes FROM is_near)) d
    ORDER BY ${ORDER} LIMIT $9`,
  // Locked in order, so that transactions with several keys cannot deadlock.
  lockKeys: `SELECT pg_advisory_xact_lock(k.hash) AS locked FROM (
    SELECT DISTINCT hashtextextended(key, 0) AS hash FROM unnest($1::text[]) AS key ORDER BY hash) AS k`,
  // The cursor is a time of the database. Transactions commit in any order, so that each read
  // begins some time before the last one ended.
  endedSessions: `SELECT n.cursor, r.session_key FROM (SELECT ${NOW_MS} AS cursor) n
    LEFT JOIN revocations r ON r.revoked_at >= $1::bigint - ${COMMIT_MS_MAX}`,
  deleteOldRevocations: `DELETE FROM revocations WHERE id = ANY (ARRAY(SELECT id FROM revocations
    WHERE revoked_at < ${NOW_MS} - $1::bigint LIMIT ${EXPIRED_ROWS_MAX}))`,
});
