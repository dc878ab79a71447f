/** Sessions in PostgreSQL: statements of the session store. */
import type { UserId } from '@parley/protocol';
import type { Session } from '../../model/session.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import { toUser, USER_COLUMNS, type UserRow } from '../sql-rows.ts';
import { SESSION_COLUMNS, type SessionRow, toSession } from '../sql-sessions.ts';
import { EXPIRED_ROWS_MAX } from '../sql-tables.ts';
import type { Database } from './database.ts';
import type { Queries } from './queries.ts';

/** Longer than a transaction that ends sessions may take. */
const COMMIT_MS_MAX = 30_000;
/** Much longer than a node waits between two reads. */
const ENDED_KEPT_MS = 24 * 60 * 60 * 1000;
/**
 * Independent of the server's default: statements after a lock must see what was committed before
 * it.
 */
const SEE_COMMITTED = 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED';
/** Locks the account as long as the transaction lasts. */
const SET_PASSWORD = 'UPDATE users SET password_hash = $1 WHERE id = $2';

export function sessionStore(database: Database): SessionStore {
  return {
    insertSession: (session, passwordHash) => insertSession(database, session, passwordHash),

    changePassword: ({ userId, sessionKey, successor, fromHash, toHash }) =>
      database.transaction(async (queries) => {
        await queries.run(SEE_COMMITTED);
        const row = await queries.one<{ password_hash: string }>(
          'SELECT password_hash FROM users WHERE id = $1 FOR NO KEY UPDATE',
          userId,
        );
        const session = await queries.one(
          'SELECT 1 AS there FROM sessions WHERE id_digest = $1 AND user_id = $2',
          sessionKey,
          userId,
        );
        if (session === undefined) return { kind: 'session-over' };
        if (row?.password_hash !== fromHash) return { kind: 'other-password' };
        await queries.run(SET_PASSWORD, toHash, userId);
        const endedKeys = await deleteSessionsOf(queries, userId);
        await insertSession(queries, successor, toHash);
        return { kind: 'changed', endedKeys };
      }),

    setPassword: (userId, passwordHash) =>
      database.transaction(async (queries) => {
        await queries.run(SEE_COMMITTED);
        await queries.run(SET_PASSWORD, passwordHash, userId);
        return deleteSessionsOf(queries, userId);
      }),

    async findSession(key) {
      const row = await database.one<SessionRow & UserRow>(
        `SELECT ${USER_COLUMNS}, ${SESSION_COLUMNS}
         FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id_digest = $1`,
        key,
      );
      return row && { session: toSession(row), user: toUser(row) };
    },

    async listSessions(userId, { nowMs, limit }) {
      const rows = await database.all<SessionRow>(
        `SELECT ${SESSION_COLUMNS} FROM sessions s WHERE s.user_id = $1 AND s.expires_at > $2
         ORDER BY s.created_at DESC LIMIT $3`,
        userId,
        nowMs,
        limit,
      );
      return rows.map(toSession);
    },

    async touchSessions(touches) {
      // Locked in order, so that nodes that touch the same sessions cannot deadlock.
      await database.run(
        `WITH touched AS (
           SELECT s.id_digest, t.last_activity_at, t.expires_at
           FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS t (id_digest, last_activity_at, expires_at)
           JOIN sessions s ON s.id_digest = t.id_digest AND s.last_activity_at <= t.last_activity_at
           ORDER BY s.id_digest FOR UPDATE OF s
         )
         UPDATE sessions s SET last_activity_at = t.last_activity_at, expires_at = t.expires_at
         FROM touched t WHERE s.id_digest = t.id_digest`,
        touches.map(({ key }) => key),
        touches.map(({ lastActivityAtMs }) => lastActivityAtMs),
        touches.map(({ expiresAtMs }) => expiresAtMs),
      );
    },

    async deleteSession(key) {
      return (await database.run('DELETE FROM sessions WHERE id_digest = $1', key)) === 1;
    },

    deleteSessionsOf: (userId) => deleteSessionsOf(database, userId),

    deleteExpiredSessions: (nowMs) =>
      database.run(
        `DELETE FROM sessions WHERE expires_at <= $1 AND id_digest = ANY (ARRAY(
           SELECT id_digest FROM sessions WHERE expires_at <= $1 LIMIT ${EXPIRED_ROWS_MAX}))`,
        nowMs,
      ),

    // The cursor is a time of the database. Transactions commit in any order, so that each read
    // begins some time before the last one ended.
    async listEndedSessions(cursor) {
      const rows = await database.all<{ session_key: string | null; now: number }>(
        `SELECT n.now, r.session_key
         FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) n
         LEFT JOIN revocations r ON r.revoked_at >= $1`,
        cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor) - COMMIT_MS_MAX,
      );
      const keys = rows.flatMap((row) => row.session_key ?? []);
      return { keys, cursor: String(rows[0]?.now ?? cursor ?? 0) };
    },

    deleteOldRevocations: () =>
      database.run(
        `DELETE FROM revocations WHERE id = ANY (ARRAY(SELECT id FROM revocations
           WHERE revoked_at < floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint - $1::bigint
           LIMIT ${EXPIRED_ROWS_MAX}))`,
        ENDED_KEPT_MS,
      ),
  };
}

/**
 * Locked against a password change: a running change is awaited and seen, a later one finds the
 * session.
 */
async function insertSession(
  queries: Queries,
  session: Session,
  passwordHash: string,
): Promise<boolean> {
  const stored = await queries.run(
    `INSERT INTO sessions (id_digest, user_id, created_at, last_activity_at, expires_at, address, user_agent)
     SELECT $1, u.id, $2, $3, $4, $5, $6 FROM users u WHERE u.id = $7 AND u.password_hash = $8 FOR SHARE`,
    session.key,
    session.createdAtMs,
    session.lastActivityAtMs,
    session.expiresAtMs,
    session.address,
    session.userAgent,
    session.userId,
    passwordHash,
  );
  return stored === 1;
}

/** Locks in the order of `touchSessions`, so that the two cannot deadlock. */
async function deleteSessionsOf(queries: Queries, userId: UserId): Promise<string[]> {
  const rows = await queries.all<{ id_digest: string }>(
    `WITH ended AS (
       SELECT id_digest FROM sessions WHERE user_id = $1 ORDER BY id_digest FOR UPDATE
     )
     DELETE FROM sessions s USING ended e WHERE s.id_digest = e.id_digest RETURNING s.id_digest`,
    userId,
  );
  return rows.map((row) => row.id_digest);
}
