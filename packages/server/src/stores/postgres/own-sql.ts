/** PostgreSQL's own statements: those that differ from SQLite's in more than their notation. */
import { LIMITS } from '@parley/protocol';
import type { OwnSql } from '../sql/own-sql.ts';
import { HEAD_COLUMNS, KNOWN_HEAD, MESSAGE_COLUMNS, USER_COLUMNS } from '../sql/rows.ts';
import { areFewRooms, FEW_MATCHES, IS_OPEN, OPEN_ROOMS } from '../sql/search.ts';
import { EXPIRED_ROWS_MAX } from '../sql/tables.ts';

/** Longer than a transaction that ends sessions may take. */
const COMMIT_MS_MAX = 30_000;
const NOW_MS = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/** Documents whose terms are compared before the index of terms is used. */
const LATEST_COMPARED = 2000;
/** Documents among which those of a user's few rooms are, if the terms are common. */
const LATEST_IN_ROOMS = 20 * LATEST_COMPARED;
const ORDER = 'd.created_at DESC, d.room_id DESC, d.sequence DESC';
const IN_RANGE = `d.created_at >= $3 AND d.created_at < $4
  AND (d.created_at, d.room_id, d.sequence) < ($5::bigint, $6::text, $7::bigint)`;

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
  // Common terms are among the latest documents. The index of terms has no order: it finds all
  // documents with a term, which are few if the latest ones have few. A user in few of all rooms would
  // read many matches of other rooms, and finds them in the own ones only. OFFSET keeps the range apart
  // from the terms: the planner would read the index of times for it, which has all documents.
  searchMatches: `WITH latest AS MATERIALIZED (
      SELECT d.created_at, d.room_id, d.sequence, d.terms FROM search_documents d WHERE ${IN_RANGE}
      ORDER BY ${ORDER} LIMIT ${LATEST_COMPARED}
    ), open_rooms AS MATERIALIZED (${OPEN_ROOMS}), searched AS MATERIALIZED (
      SELECT id FROM open_rooms WHERE position(''':r' IN $1::tsquery::text) = 0
        AND ${areFewRooms('(SELECT count(*) FROM open_rooms)')}
    ), condition AS MATERIALIZED (
      SELECT coalesce($1::tsquery && string_agg(''':r' || id || '''', ' | ')::tsquery, $1::tsquery) AS terms
      FROM searched
    ), near AS MATERIALIZED (
      SELECT d.created_at, d.room_id, d.sequence FROM latest d WHERE d.terms @@ $1::tsquery LIMIT $8
    ), common AS MATERIALIZED (
      SELECT d.created_at, d.room_id, d.sequence FROM near d WHERE NOT EXISTS (SELECT 1 FROM searched)
      UNION ALL
      (SELECT d.created_at, d.room_id, d.sequence FROM (
        SELECT d.created_at, d.room_id, d.sequence, d.terms FROM search_documents d WHERE ${IN_RANGE}
        ORDER BY ${ORDER} LIMIT CASE WHEN (SELECT count(*) FROM near) >= ${FEW_MATCHES} AND EXISTS (SELECT 1 FROM searched)
          THEN ${LATEST_IN_ROOMS} ELSE 0 END) d
      WHERE CASE WHEN d.room_id IN (SELECT id FROM searched) THEN d.terms @@ $1::tsquery END LIMIT $8)
    ), matches AS (
      SELECT d.created_at, d.room_id, d.sequence FROM common d WHERE (SELECT count(*) FROM common) >= ${FEW_MATCHES}
      UNION ALL
      SELECT d.created_at, d.room_id, d.sequence FROM (
        SELECT d.created_at, d.room_id, d.sequence FROM (
          SELECT d.created_at, d.room_id, d.sequence FROM search_documents d
          WHERE d.terms @@ (SELECT terms FROM condition) OFFSET 0) d
        WHERE ${IN_RANGE} ORDER BY ${ORDER} LIMIT $8) d
      WHERE (SELECT count(*) FROM common) < ${FEW_MATCHES}
    )
    SELECT d.room_id, d.sequence, d.created_at, ${IS_OPEN} AS is_open
    FROM matches d JOIN rooms r ON r.id = d.room_id ORDER BY ${ORDER}`,
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
