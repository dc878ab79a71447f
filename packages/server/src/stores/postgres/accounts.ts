/** Accounts and login attempts in PostgreSQL: statements of the account store. */
import type { RoomId, UserId } from '@parley/protocol';
import {
  type AttemptLimit,
  type AttemptRecord,
  longestWaitMs,
  withAttempt,
} from '../../model/attempt-limits.ts';
import { type NameKeys, nameKeysOf } from '../../model/name-keys.ts';
import type { User } from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import { behindBlocked } from '../sql/accounts.ts';
import {
  LAST_CHARACTER,
  type PresenceRow,
  toStoredPresence,
  toUser,
  USER_COLUMNS,
  type UserRow,
} from '../sql/rows.ts';
import { EXPIRED_ROWS_MAX, SAME_EXTERNAL_ID_MAX } from '../sql/tables.ts';
import type { Database } from './database.ts';
import type { Queries } from './queries.ts';

export function accountStore(database: Database): AccountStore {
  return {
    insertUser: (user, passwordHash) =>
      database.transaction((queries) => insertUser(queries, user, passwordHash)),

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

    async listUsersByWord(start, limit) {
      const rows = await database.all<UserRow & { readonly word: string }>(
        `SELECT ${USER_COLUMNS}, w.word FROM (SELECT word, user_id FROM user_words
           WHERE word >= $1 AND word < $2 ORDER BY word, user_id LIMIT $3) w JOIN users u ON u.id = w.user_id
         ORDER BY w.word, u.id`,
        start,
        start + LAST_CHARACTER,
        limit,
      );
      return [...new Map(rows.map((row) => [row.id, toUser(row)])).values()];
    },

    async listMembersByWord(roomId, start, { limit, scannedMax }) {
      const rows = await database.all<UserRow>(
        `SELECT ${USER_COLUMNS} FROM (
           (SELECT m.user_id FROM (SELECT user_id FROM memberships WHERE room_id = $1 ORDER BY user_id LIMIT $2) m
              WHERE EXISTS (SELECT 1 FROM user_words w WHERE w.user_id = m.user_id AND w.word >= $3 AND w.word < $4)
              LIMIT $5)
           UNION (SELECT w.user_id FROM (SELECT user_id FROM user_words WHERE word >= $3 AND word < $4
              ORDER BY word, user_id LIMIT $2) w
              WHERE EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = $1 AND m.user_id = w.user_id)
              LIMIT $5) LIMIT $5) found
         JOIN users u ON u.id = found.user_id`,
        roomId,
        scannedMax,
        start,
        start + LAST_CHARACTER,
        limit,
      );
      return rows.map(toUser);
    },

    async listUsersByLook(look, limit) {
      const sql = `SELECT ${USER_COLUMNS} FROM users u WHERE u.name_key = $1 LIMIT $2`;
      return (await database.all<UserRow>(sql, look, limit)).map(toUser);
    },

    async listUsers(ids, usernames = []) {
      const users = `SELECT ${USER_COLUMNS} FROM users u WHERE`;
      const sql = `${users} u.id = ANY($1::text[]) UNION ${users} u.username_key = ANY($2::text[])`;
      const keys = usernames.map((username) => username.toLowerCase());
      return (await database.all<UserRow>(sql, ids, keys)).map(toUser);
    },

    async listUsersByExternalId(externalIds) {
      const sql = `SELECT ${USER_COLUMNS} FROM users u WHERE u.external_id = ANY($1::text[]) LIMIT $2`;
      const limit = SAME_EXTERNAL_ID_MAX * externalIds.length;
      return (await database.all<UserRow>(sql, externalIds, limit)).map(toUser);
    },

    async setAvatarUrl(userId, avatarUrl) {
      const sql = 'UPDATE users SET avatar_url = $1 WHERE id = $2';
      await database.run(sql, avatarUrl ?? null, userId);
    },

    setDisplayName: (user, displayName) =>
      database.transaction(async (queries) => {
        const names = nameKeysOf({ ...user, displayName });
        await queries.run(
          'UPDATE users SET display_name = $1, name_key = $2 WHERE id = $3',
          displayName,
          names.look,
          user.id,
        );
        await queries.run('DELETE FROM user_words WHERE user_id = $1', user.id);
        await writeWords(queries, user.id, names);
      }),

    findExternalUser: (issuer, subject) => findExternalUser(database, issuer, subject),

    insertExternalUser: (user, { issuer, subject, passwordHash }) =>
      database.transaction(async (queries) => {
        // Concurrent calls for one identity wait here for each other, before either has an account.
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

    block: (userId, blockedId, { directKey, nowMs }) =>
      database.transaction(async (queries) => {
        // Waits for a running commit: nothing of a later one reaches the user.
        const room = await queries.one<{ id: RoomId }>(
          `SELECT id FROM rooms WHERE workspace_id = $1 AND name_key = $2 AND kind = 'direct' FOR UPDATE`,
          DEFAULT_WORKSPACE_ID,
          directKey,
        );
        await queries.run(
          `INSERT INTO blocks (user_id, blocked_id, created_at) VALUES ($1, $2, $3)
           ON CONFLICT (user_id, blocked_id) DO NOTHING`,
          userId,
          blockedId,
          nowMs,
        );
        if (room === undefined) return undefined;
        const ofMembership = 'WHERE room_id = $1 AND user_id = $2';
        await queries.run(`DELETE FROM read_receipts ${ofMembership}`, room.id, userId);
        const ended = `DELETE FROM memberships ${ofMembership}`;
        return (await queries.run(ended, room.id, userId)) === 1 ? room.id : undefined;
      }),

    async unblock(userId, blockedId) {
      const sql = 'DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2';
      return (await database.run(sql, userId, blockedId)) === 1;
    },

    async listBlocked(userId, limit, after) {
      const rows = await database.all<UserRow>(
        `SELECT ${USER_COLUMNS} FROM blocks b JOIN users u ON u.id = b.blocked_id
         WHERE b.user_id = $1 AND ${behindBlocked('$1', '$3')} ORDER BY b.created_at DESC, u.id LIMIT $2`,
        userId,
        limit,
        after ?? '',
      );
      return rows.map(toUser);
    },

    async isBlockedBetween(one, other) {
      const sql = `SELECT 1 AS blocked FROM blocks
        WHERE (user_id = $1 AND blocked_id = $2) OR (user_id = $2 AND blocked_id = $1) LIMIT 1`;
      return (await database.one(sql, one, other)) !== undefined;
    },

    async listBlockedBetween(userId, otherIds) {
      const rows = await database.all<{ id: UserId }>(
        `SELECT o.id FROM unnest($2::text[]) AS o (id)
         WHERE EXISTS (SELECT 1 FROM blocks WHERE user_id = $1 AND blocked_id = o.id)
           OR EXISTS (SELECT 1 FROM blocks WHERE user_id = o.id AND blocked_id = $1)
         ORDER BY o.id COLLATE "C"`,
        userId,
        otherIds,
      );
      return rows.map(({ id }) => id);
    },

    async setLastSeen(users) {
      // Locked in order, so that nodes that save the same users cannot deadlock.
      await database.run(
        `WITH seen AS (
           SELECT u.id, t.last_seen_at FROM unnest($1::text[], $2::bigint[]) AS t (id, last_seen_at)
           JOIN users u ON u.id = t.id ORDER BY u.id FOR NO KEY UPDATE OF u
         )
         UPDATE users u SET last_seen_at = s.last_seen_at FROM seen s WHERE u.id = s.id`,
        users.map(({ userId }) => userId),
        users.map(({ lastSeenAtMs }) => lastSeenAtMs),
      );
    },

    async findLastSeen(userId) {
      const row = await database.one<{ last_seen_at: number | null }>(
        'SELECT last_seen_at FROM users WHERE id = $1',
        userId,
      );
      return row?.last_seen_at ?? undefined;
    },

    async setChosenPresence({ userId, status, statusText = null, untilMs = null, chosenAtMs }) {
      await database.run(
        `INSERT INTO chosen_presence (user_id, status, status_text, until, chosen_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id) DO UPDATE SET status = excluded.status, status_text = excluded.status_text,
           until = excluded.until, chosen_at = excluded.chosen_at
         WHERE excluded.chosen_at >= chosen_presence.chosen_at`,
        userId,
        status,
        statusText,
        untilMs,
        chosenAtMs,
      );
    },

    async listChosenPresence(userIds) {
      const rows = await database.all<PresenceRow>(
        `SELECT user_id, status, status_text, until, chosen_at FROM chosen_presence
         WHERE user_id = ANY ($1::text[])`,
        userIds,
      );
      return rows.map(toStoredPresence);
    },

    async findAttemptWait(limits, nowMs) {
      return longestWaitMs(limits, await readAttempts(database, limits), nowMs);
    },

    async countAttempt(limits, nowMs) {
      // Most rejections need no lock.
      const waitMs = longestWaitMs(limits, await readAttempts(database, limits), nowMs);
      if (waitMs > 0) return waitMs;
      return database.transaction((queries) => countLocked(queries, limits, nowMs));
    },

    async forgetAttempts(key) {
      await database.run('DELETE FROM login_attempts WHERE key = $1', key);
    },

    deleteOldAttempts: (nowMs) =>
      database.run(
        `DELETE FROM login_attempts WHERE window_ends_at <= $1 AND key = ANY (ARRAY(
           SELECT key FROM login_attempts WHERE window_ends_at <= $1 LIMIT ${EXPIRED_ROWS_MAX}))`,
        nowMs,
      ),
  };
}

async function insertUser(
  queries: Queries,
  user: User,
  passwordHash: string,
): Promise<'stored' | 'taken'> {
  const names = nameKeysOf(user);
  const stored = await queries.run(
    `INSERT INTO users (id, username, username_key, display_name, name_key, external_id, avatar_url, role,
       password_hash, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (username_key) DO NOTHING`,
    user.id,
    user.username,
    user.username.toLowerCase(),
    user.displayName,
    names.look,
    user.externalId ?? null,
    user.avatarUrl ?? null,
    user.role,
    passwordHash,
    user.createdAtMs,
  );
  if (stored === 0) return 'taken';
  await writeWords(queries, user.id, names);
  return 'stored';
}

async function writeWords(queries: Queries, userId: UserId, { words }: NameKeys): Promise<void> {
  await queries.run(
    'INSERT INTO user_words (word, user_id) SELECT word, $2 FROM unnest($1::text[]) AS w (word)',
    words,
    userId,
  );
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

/** Uses advisory locks by key, in order: a key without a row cannot be locked by its row. */
async function countLocked(
  queries: Queries,
  limits: readonly AttemptLimit[],
  nowMs: number,
): Promise<number> {
  // Independent of the server's default: statements after the lock must see what was committed before it.
  await queries.run('SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
  await queries.all(
    `SELECT pg_advisory_xact_lock(k.hash) FROM (
       SELECT DISTINCT hashtextextended(key, 0) AS hash FROM unnest($1::text[]) AS key ORDER BY hash
     ) AS k`,
    limits.map(({ key }) => key),
  );
  const records = await readAttempts(queries, limits);
  const waitMs = longestWaitMs(limits, records, nowMs);
  if (waitMs > 0) return waitMs;
  for (const limit of limits) {
    const { attempts, windowEndsAtMs } = withAttempt(limit, records.get(limit.key), nowMs);
    await queries.run(
      `INSERT INTO login_attempts (key, attempts, window_ends_at) VALUES ($1, $2, $3)
       ON CONFLICT (key) DO UPDATE SET attempts = EXCLUDED.attempts, window_ends_at = EXCLUDED.window_ends_at`,
      limit.key,
      attempts,
      windowEndsAtMs,
    );
  }
  return 0;
}

async function readAttempts(
  queries: Queries,
  limits: readonly AttemptLimit[],
): Promise<Map<string, AttemptRecord>> {
  const rows = await queries.all<{ key: string; attempts: number; window_ends_at: number }>(
    'SELECT key, attempts, window_ends_at FROM login_attempts WHERE key = ANY($1::text[])',
    limits.map(({ key }) => key),
  );
  return new Map(
    rows.map(({ key, attempts, window_ends_at: windowEndsAtMs }) => [
      key,
      { attempts, windowEndsAtMs },
    ]),
  );
}
