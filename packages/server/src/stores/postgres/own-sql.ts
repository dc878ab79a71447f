/** PostgreSQL's own statements: those that differ from SQLite's in more than their notation. */
import type { OwnSql } from '../sql/own-sql.ts';
import { EXPIRED_ROWS_MAX } from '../sql/tables.ts';

/** Longer than a transaction that ends sessions may take. */
const COMMIT_MS_MAX = 30_000;
const NOW_MS = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

export const OWN_SQL: OwnSql = Object.freeze({
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
