/** Sessions in PostgreSQL: the statements behind the session store. */
import type { SessionStore } from '../../ports/session-store.ts';
import { toUser, USER_COLUMNS, type UserRow } from '../sql-rows.ts';
import type { Database } from './database.ts';

interface SessionRow extends UserRow {
  readonly id_digest: string;
  readonly session_created_at: number;
  readonly last_activity_at: number;
  readonly expires_at: number;
  readonly address: string;
  readonly user_agent: string;
}

export function sessionStore(database: Database): SessionStore {
  return {
    async insertSession(session) {
      await database.run(
        `INSERT INTO sessions (id_digest, user_id, created_at, last_activity_at, expires_at, address, user_agent)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        session.key,
        session.userId,
        session.createdAtMs,
        session.lastActivityAtMs,
        session.expiresAtMs,
        session.address,
        session.userAgent,
      );
    },

    async findSession(key) {
      const row = await database.one<SessionRow>(
        `SELECT ${USER_COLUMNS}, s.id_digest, s.created_at AS session_created_at, s.last_activity_at, s.expires_at,
           s.address, s.user_agent
         FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id_digest = $1`,
        key,
      );
      if (row === undefined) return undefined;
      const session = {
        key: row.id_digest,
        userId: row.id,
        createdAtMs: row.session_created_at,
        lastActivityAtMs: row.last_activity_at,
        expiresAtMs: row.expires_at,
        address: row.address,
        userAgent: row.user_agent,
      };
      return { session, user: toUser(row) };
    },

    async touchSessions(touches) {
      // Locked in order, so that nodes that touch the same sessions do not wait for each other in a ring.
      await database.run(
        `WITH touched AS (
           SELECT s.id_digest, t.last_activity_at, t.expires_at
           FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS t (id_digest, last_activity_at, expires_at)
           JOIN sessions s ON s.id_digest = t.id_digest ORDER BY s.id_digest FOR UPDATE OF s
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

    async deleteSessionsOf(userId, keep) {
      const rows = await database.all<{ id_digest: string }>(
        'DELETE FROM sessions WHERE user_id = $1 AND id_digest <> $2 RETURNING id_digest',
        userId,
        keep ?? '',
      );
      return rows.map((row) => row.id_digest);
    },

    deleteExpiredSessions: (nowMs) =>
      database.run('DELETE FROM sessions WHERE expires_at <= $1', nowMs),
  };
}
