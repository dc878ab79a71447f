/** Accounts and login attempts in PostgreSQL: the statements behind the account store. */
import type { AccountStore } from '../../ports/account-store.ts';
import type { User } from '../../ports/model.ts';
import { toUser, USER_COLUMNS, type UserRow } from '../sql-rows.ts';
import type { Database, Queries } from './database.ts';

export function accountStore(database: Database): AccountStore {
  return {
    insertUser: (user, passwordHash) => insertUser(database, user, passwordHash),

    async findCredentials(username) {
      const row = await database.one<UserRow & { readonly password_hash: string }>(
        `SELECT ${USER_COLUMNS}, u.password_hash FROM users u WHERE u.username_key = $1`,
        username.toLowerCase(),
      );
      return row && { user: toUser(row), passwordHash: row.password_hash };
    },

    async findUser(reference) {
      const row =
        reference.kind === 'id'
          ? await database.one<UserRow>(
              `SELECT ${USER_COLUMNS} FROM users u WHERE u.id = $1`,
              reference.id,
            )
          : await database.one<UserRow>(
              `SELECT ${USER_COLUMNS} FROM users u WHERE u.username_key = $1`,
              reference.username.toLowerCase(),
            );
      return row && toUser(row);
    },

    findExternalUser: (issuer, subject) => findExternalUser(database, issuer, subject),

    insertExternalUser: (user, { issuer, subject, passwordHash }) =>
      database.transaction(async (queries) => {
        // Two who come at once wait for each other here, before either has an account.
        await queries.one(
          'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text AS locked',
          `${issuer} ${subject}`,
        );
        const there = await findExternalUser(queries, issuer, subject);
        if (there !== undefined) return there;
        if ((await insertUser(queries, user, passwordHash)) === 'taken') return 'taken';
        await queries.run(
          'INSERT INTO external_identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4)',
          issuer,
          subject,
          user.id,
          user.createdAtMs,
        );
        return user;
      }),

    async block(userId, blockedId, nowMs) {
      await database.run(
        `INSERT INTO blocks (user_id, blocked_id, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, blocked_id) DO NOTHING`,
        userId,
        blockedId,
        nowMs,
      );
    },

    async unblock(userId, blockedId) {
      const sql = 'DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2';
      return (await database.run(sql, userId, blockedId)) === 1;
    },

    async listBlocked(userId, limit) {
      const rows = await database.all<UserRow>(
        `SELECT ${USER_COLUMNS} FROM blocks b JOIN users u ON u.id = b.blocked_id
         WHERE b.user_id = $1 ORDER BY b.created_at DESC, u.id LIMIT $2`,
        userId,
        limit,
      );
      return rows.map(toUser);
    },

    async isBlockedBetween(one, other) {
      const sql = `SELECT 1 AS blocked FROM blocks
        WHERE (user_id = $1 AND blocked_id = $2) OR (user_id = $2 AND blocked_id = $1) LIMIT 1`;
      return (await database.one(sql, one, other)) !== undefined;
    },

    async setLastSeen(userId, atMs) {
      await database.run('UPDATE users SET last_seen_at = $1 WHERE id = $2', atMs, userId);
    },

    async findLastSeen(userId) {
      const row = await database.one<{ last_seen_at: number | null }>(
        'SELECT last_seen_at FROM users WHERE id = $1',
        userId,
      );
      return row?.last_seen_at ?? undefined;
    },

    async countAttempt(key, nowMs, windowMs) {
      // A window that is over begins anew: in one statement, so that no two counts are the same.
      const row = await database.one<{ attempts: number; window_ends_at: number }>(
        `INSERT INTO login_attempts AS l (key, attempts, window_ends_at) VALUES ($1, 1, $2)
         ON CONFLICT (key) DO UPDATE SET
           attempts = CASE WHEN l.window_ends_at <= $3 THEN 1 ELSE l.attempts + 1 END,
           window_ends_at = CASE WHEN l.window_ends_at <= $3 THEN $2 ELSE l.window_ends_at END
         RETURNING attempts, window_ends_at`,
        key,
        nowMs + windowMs,
        nowMs,
      );
      if (row === undefined) throw new Error('The attempt that was just counted is not there');
      return { attempts: row.attempts, windowEndsAtMs: row.window_ends_at };
    },

    async forgetAttempts(key) {
      await database.run('DELETE FROM login_attempts WHERE key = $1', key);
    },

    deleteOldAttempts: (nowMs) =>
      database.run('DELETE FROM login_attempts WHERE window_ends_at <= $1', nowMs),
  };
}

async function insertUser(
  queries: Queries,
  user: User,
  passwordHash: string,
): Promise<'stored' | 'taken'> {
  const stored = await queries.run(
    `INSERT INTO users (id, username, username_key, display_name, role, password_hash, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (username_key) DO NOTHING`,
    user.id,
    user.username,
    user.username.toLowerCase(),
    user.displayName,
    user.role,
    passwordHash,
    user.createdAtMs,
  );
  return stored === 1 ? 'stored' : 'taken';
}

async function findExternalUser(
  queries: Queries,
  issuer: string,
  subject: string,
): Promise<User | undefined> {
  const row = await queries.one<UserRow>(
    `SELECT ${USER_COLUMNS} FROM external_identities e JOIN users u ON u.id = e.user_id
     WHERE e.issuer = $1 AND e.subject = $2`,
    issuer,
    subject,
  );
  return row && toUser(row);
}
