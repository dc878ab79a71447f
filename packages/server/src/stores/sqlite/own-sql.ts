/** SQLite's own statements: those that differ from PostgreSQL's in more than their notation. */
import type { OwnSql } from '../sql/own-sql.ts';
import { EXPIRED_ROWS_MAX } from '../sql/tables.ts';

/** Maximum number of ended sessions in one answer; the next call goes on. */
const ENDED_LISTED_MAX = 1000;

export const OWN_SQL: OwnSql = Object.freeze({
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
