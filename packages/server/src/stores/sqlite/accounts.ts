/** Accounts and login attempts in SQLite: statements of the account store. */
import type { RoomId, UserId } from '@parley/protocol';
import {
  type AttemptLimit,
  type AttemptRecord,
  longestWaitMs,
  withAttempt,
} from '../../model/attempt-limits.ts';
import type { NameKeys } from '../../model/name-keys.ts';
import type { Credentials, LastSeen, StoredPresence, User } from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
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

export function insertUser(
  database: Database,
  {
    user,
    passwordHash,
    names,
  }: { readonly user: User; readonly passwordHash: string; readonly names: NameKeys },
): 'stored' | 'taken' {
  const stored = database.run(
    `INSERT INTO users (id, username, username_key, display_name, name_key, external_id, avatar_url, role,
       password_hash, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (username_key) DO NOTHING`,
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
  writeWords(database, user.id, names);
  return 'stored';
}

function writeWords(database: Database, userId: UserId, { words }: NameKeys): void {
  for (const word of words) {
    database.run('INSERT INTO user_words (word, user_id) VALUES (?, ?)', word, userId);
  }
}

export function findCredentials(
  database: Database,
  { username }: { readonly username: string },
): Credentials | undefined {
  const row = database.one<UserRow & { readonly password_hash: string }>(
    `SELECT ${USER_COLUMNS}, u.password_hash FROM users u WHERE u.username_key = ?`,
    username.toLowerCase(),
  );
  return row && { user: toUser(row), passwordHash: row.password_hash };
}

export function findUser(
  database: Database,
  reference:
    | { readonly kind: 'id'; readonly id: UserId }
    | { readonly kind: 'username'; readonly username: string },
): User | undefined {
  const row =
    reference.kind === 'id'
      ? database.one<UserRow>(`SELECT ${USER_COLUMNS} FROM users u WHERE u.id = ?`, reference.id)
      : database.one<UserRow>(
          `SELECT ${USER_COLUMNS} FROM users u WHERE u.username_key = ?`,
          reference.username.toLowerCase(),
        );
  return row && toUser(row);
}

export function listUsersByWord(
  database: Database,
  { start, limit }: { readonly start: string; readonly limit: number },
): User[] {
  return database
    .all<UserRow>(
      `SELECT DISTINCT ${USER_COLUMNS} FROM (SELECT word, user_id FROM user_words
         WHERE word >= ? AND word < ? ORDER BY word, user_id LIMIT ?) w CROSS JOIN users u ON u.id = w.user_id
       ORDER BY w.word, u.id`,
      start,
      start + LAST_CHARACTER,
      limit,
    )
    .map(toUser);
}

export function listMembersByWord(
  database: Database,
  query: {
    readonly roomId: RoomId;
    readonly start: string;
    readonly limit: number;
    readonly scannedMax: number;
  },
): User[] {
  const { roomId, start, limit, scannedMax } = query;
  const found = database.all<{ user_id: UserId }>(
    `SELECT DISTINCT m.user_id FROM (SELECT user_id FROM memberships WHERE room_id = ?1 ORDER BY user_id LIMIT ?2) m
       CROSS JOIN user_words w ON w.user_id = m.user_id
     WHERE w.word >= ?3 AND w.word < ?4
     UNION SELECT w.user_id FROM (SELECT user_id FROM user_words WHERE word >= ?3 AND word < ?4
       ORDER BY word, user_id LIMIT ?2) w
       CROSS JOIN memberships m ON m.room_id = ?1 AND m.user_id = w.user_id LIMIT ?5`,
    roomId,
    scannedMax,
    start,
    start + LAST_CHARACTER,
    limit,
  );
  const ids = found.map((row) => row.user_id);
  return listUsers(database, { ids, usernames: [] });
}

export function listUsersByLook(
  database: Database,
  { look, limit }: { readonly look: string; readonly limit: number },
): User[] {
  const sql = `SELECT ${USER_COLUMNS} FROM users u WHERE u.name_key = ? LIMIT ?`;
  return database.all<UserRow>(sql, look, limit).map(toUser);
}

export function listUsers(
  database: Database,
  { ids, usernames }: { readonly ids: readonly UserId[]; readonly usernames: readonly string[] },
): User[] {
  return database
    .all<UserRow>(
      `SELECT ${USER_COLUMNS} FROM json_each(?) n CROSS JOIN users u ON u.id = n.value
       UNION SELECT ${USER_COLUMNS} FROM json_each(?) n CROSS JOIN users u ON u.username_key = n.value`,
      JSON.stringify(ids),
      JSON.stringify(usernames.map((username) => username.toLowerCase())),
    )
    .map(toUser);
}

export function listUsersByExternalId(
  database: Database,
  { externalIds }: { readonly externalIds: readonly string[] },
): User[] {
  return database
    .all<UserRow>(
      `SELECT ${USER_COLUMNS} FROM json_each(?) n CROSS JOIN users u ON u.external_id = n.value
       LIMIT ?`,
      JSON.stringify(externalIds),
      SAME_EXTERNAL_ID_MAX * externalIds.length,
    )
    .map(toUser);
}

export function setAvatarUrl(
  database: Database,
  { userId, avatarUrl }: { readonly userId: UserId; readonly avatarUrl: string | undefined },
): void {
  database.run('UPDATE users SET avatar_url = ? WHERE id = ?', avatarUrl ?? null, userId);
}

export function setDisplayName(
  database: Database,
  {
    user,
    displayName,
    names,
  }: {
    readonly user: Pick<User, 'id' | 'username'>;
    readonly displayName: string;
    readonly names: NameKeys;
  },
): void {
  database.run(
    'UPDATE users SET display_name = ?, name_key = ? WHERE id = ?',
    displayName,
    names.look,
    user.id,
  );
  database.run('DELETE FROM user_words WHERE user_id = ?', user.id);
  writeWords(database, user.id, names);
}

export function findExternalUser(
  database: Database,
  { issuer, subject }: { readonly issuer: string; readonly subject: string },
): User | undefined {
  const row = database.one<UserRow>(
    `SELECT ${USER_COLUMNS} FROM external_identities e JOIN users u ON u.id = e.user_id
     WHERE e.issuer = ? AND e.subject = ?`,
    issuer,
    subject,
  );
  return row && toUser(row);
}

export function insertExternalUser(
  database: Database,
  external: {
    readonly user: User;
    readonly issuer: string;
    readonly subject: string;
    readonly passwordHash: string;
    readonly names: NameKeys;
  },
): User | 'taken' {
  const { user, issuer, subject } = external;
  const there = findExternalUser(database, external);
  if (there !== undefined) return there;
  if (insertUser(database, external) === 'taken') return 'taken';
  database.run(
    'INSERT INTO external_identities (issuer, subject, user_id, created_at) VALUES (?, ?, ?, ?)',
    issuer,
    subject,
    user.id,
    user.createdAtMs,
  );
  return user;
}

export function block(
  database: Database,
  wanted: {
    readonly userId: UserId;
    readonly blockedId: UserId;
    readonly directKey: string;
    readonly nowMs: number;
  },
): RoomId | undefined {
  database.run(
    `INSERT INTO blocks (user_id, blocked_id, created_at) VALUES (?, ?, ?)
     ON CONFLICT (user_id, blocked_id) DO NOTHING`,
    wanted.userId,
    wanted.blockedId,
    wanted.nowMs,
  );
  const room = database.one<{ room_id: RoomId }>(
    `DELETE FROM memberships WHERE user_id = ?1 AND room_id = ${DIRECT_ROOM} RETURNING room_id`,
    wanted.userId,
    wanted.directKey,
    DEFAULT_WORKSPACE_ID,
  );
  if (room === undefined) return undefined;
  const sql = 'DELETE FROM read_receipts WHERE user_id = ? AND room_id = ?';
  database.run(sql, wanted.userId, room.room_id);
  return room.room_id;
}

const DIRECT_ROOM =
  "(SELECT id FROM rooms WHERE workspace_id = ?3 AND name_key = ?2 AND kind = 'direct')";

export function unblock(
  database: Database,
  { userId, blockedId }: { readonly userId: UserId; readonly blockedId: UserId },
): boolean {
  const sql = 'DELETE FROM blocks WHERE user_id = ? AND blocked_id = ?';
  return database.run(sql, userId, blockedId) === 1;
}

export function listBlocked(
  database: Database,
  query: { readonly userId: UserId; readonly limit: number; readonly after: UserId | undefined },
): User[] {
  return database
    .all<UserRow>(
      `SELECT ${USER_COLUMNS} FROM blocks b JOIN users u ON u.id = b.blocked_id
       WHERE b.user_id = ?1 AND ${behindBlocked('?1', '?3')} ORDER BY b.created_at DESC, u.id LIMIT ?2`,
      query.userId,
      query.limit,
      query.after ?? '',
    )
    .map(toUser);
}

export function isBlockedBetween(
  database: Database,
  { one, other }: { readonly one: UserId; readonly other: UserId },
): boolean {
  const sql = `SELECT 1 FROM blocks WHERE user_id = ? AND blocked_id = ?
    UNION ALL SELECT 1 FROM blocks WHERE user_id = ? AND blocked_id = ?`;
  return database.one(sql, one, other, other, one) !== undefined;
}

export function listBlockedBetween(
  database: Database,
  { userId, otherIds }: { readonly userId: UserId; readonly otherIds: readonly UserId[] },
): UserId[] {
  const rows = database.all<{ value: UserId }>(
    `SELECT value FROM json_each(?2) WHERE EXISTS (SELECT 1 FROM blocks WHERE user_id = ?1 AND blocked_id = value)
     OR EXISTS (SELECT 1 FROM blocks WHERE user_id = value AND blocked_id = ?1) ORDER BY value`,
    userId,
    JSON.stringify(otherIds),
  );
  return rows.map(({ value }) => value);
}

export function setLastSeen(
  database: Database,
  { users }: { readonly users: readonly LastSeen[] },
): void {
  for (const { userId, lastSeenAtMs } of users) {
    database.run('UPDATE users SET last_seen_at = ? WHERE id = ?', lastSeenAtMs, userId);
  }
}

export function findLastSeen(
  database: Database,
  { userId }: { readonly userId: UserId },
): number | undefined {
  const row = database.one<{ last_seen_at: number | null }>(
    'SELECT last_seen_at FROM users WHERE id = ?',
    userId,
  );
  return row?.last_seen_at ?? undefined;
}

export function setChosenPresence(
  database: Database,
  { choice }: { readonly choice: StoredPresence },
): void {
  const { userId, status, statusText = null, untilMs = null, chosenAtMs } = choice;
  database.run(
    `INSERT INTO chosen_presence (user_id, status, status_text, until, chosen_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (user_id) DO UPDATE SET status = excluded.status, status_text = excluded.status_text,
       until = excluded.until, chosen_at = excluded.chosen_at
     WHERE excluded.chosen_at >= chosen_presence.chosen_at`,
    userId,
    status,
    statusText,
    untilMs,
    chosenAtMs,
  );
}

export function listChosenPresence(
  database: Database,
  { userIds }: { readonly userIds: readonly UserId[] },
): StoredPresence[] {
  const rows = database.all<PresenceRow>(
    `SELECT user_id, status, status_text, until, chosen_at FROM chosen_presence
     WHERE user_id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(userIds),
  );
  return rows.map(toStoredPresence);
}

interface Attempt {
  readonly limits: readonly AttemptLimit[];
  readonly nowMs: number;
}

export function findAttemptWait(database: Database, { limits, nowMs }: Attempt): number {
  return longestWaitMs(limits, readAttempts(database, limits), nowMs);
}

export function countAttempt(database: Database, { limits, nowMs }: Attempt): number {
  const records = readAttempts(database, limits);
  const waitMs = longestWaitMs(limits, records, nowMs);
  if (waitMs > 0) return waitMs;
  for (const limit of limits) {
    const { attempts, windowEndsAtMs } = withAttempt(limit, records.get(limit.key), nowMs);
    database.run(
      'INSERT OR REPLACE INTO login_attempts (key, attempts, window_ends_at) VALUES (?, ?, ?)',
      limit.key,
      attempts,
      windowEndsAtMs,
    );
  }
  return 0;
}

function readAttempts(
  database: Database,
  limits: readonly AttemptLimit[],
): Map<string, AttemptRecord> {
  const records = new Map<string, AttemptRecord>();
  for (const { key } of limits) {
    const row = database.one<{ attempts: number; window_ends_at: number }>(
      'SELECT attempts, window_ends_at FROM login_attempts WHERE key = ?',
      key,
    );
    if (row === undefined) continue;
    records.set(key, { attempts: row.attempts, windowEndsAtMs: row.window_ends_at });
  }
  return records;
}

export function forgetAttempts(database: Database, { key }: { readonly key: string }): void {
  database.run('DELETE FROM login_attempts WHERE key = ?', key);
}

export function deleteOldAttempts(
  database: Database,
  { nowMs }: { readonly nowMs: number },
): number {
  return database.run(
    `DELETE FROM login_attempts WHERE key IN (
       SELECT key FROM login_attempts WHERE window_ends_at <= ? LIMIT ${EXPIRED_ROWS_MAX})`,
    nowMs,
  );
}
