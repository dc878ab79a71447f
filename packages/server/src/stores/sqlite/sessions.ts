/** Sessions in SQLite: statements of the session store. */
import type { UserId } from '@parley/protocol';
import type {
  EndedSessions,
  PasswordChange,
  PasswordChanged,
  Session,
  SessionTouch,
} from '../../model/session.ts';
import type { User } from '../../model/user.ts';
import { toUser, USER_COLUMNS, type UserRow } from '../sql-rows.ts';
import { SESSION_COLUMNS, type SessionRow, toSession } from '../sql-sessions.ts';
import { EXPIRED_ROWS_MAX } from '../sql-tables.ts';
import type { Database } from './database.ts';

/** Maximum number of ended sessions in one answer; the next call goes on. */
const ENDED_LISTED_MAX = 1000;
/** Much longer than a node waits between two reads. */
const ENDED_KEPT_MS = 24 * 60 * 60 * 1000;

export function insertSession(
  database: Database,
  { session, passwordHash }: { readonly session: Session; readonly passwordHash: string },
): boolean {
  const stored = database.run(
    `INSERT INTO sessions (id_digest, user_id, created_at, last_activity_at, expires_at, address, user_agent)
     SELECT ?, id, ?, ?, ?, ?, ? FROM users WHERE id = ? AND password_hash = ?`,
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

export function changePassword(
  database: Database,
  { userId, sessionKey, successor, fromHash, toHash }: PasswordChange,
): PasswordChanged {
  const sql = 'SELECT 1 FROM sessions WHERE id_digest = ? AND user_id = ?';
  if (database.one(sql, sessionKey, userId) === undefined) return { kind: 'session-over' };
  const changed = database.run(
    'UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?',
    toHash,
    userId,
    fromHash,
  );
  if (changed === 0) return { kind: 'other-password' };
  const endedKeys = deleteSessionsOf(database, { userId });
  insertSession(database, { session: successor, passwordHash: toHash });
  return { kind: 'changed', endedKeys };
}

export function setPassword(
  database: Database,
  { userId, passwordHash }: { readonly userId: UserId; readonly passwordHash: string },
): string[] {
  database.run('UPDATE users SET password_hash = ? WHERE id = ?', passwordHash, userId);
  return deleteSessionsOf(database, { userId });
}

export function findSession(
  database: Database,
  { key }: { readonly key: string },
): { session: Session; user: User } | undefined {
  const row = database.one<SessionRow & UserRow>(
    `SELECT ${USER_COLUMNS}, ${SESSION_COLUMNS}
     FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id_digest = ?`,
    key,
  );
  return row && { session: toSession(row), user: toUser(row) };
}

export function listSessions(
  database: Database,
  page: { readonly userId: UserId; readonly nowMs: number; readonly limit: number },
): Session[] {
  const rows = database.all<SessionRow>(
    `SELECT ${SESSION_COLUMNS} FROM sessions s WHERE s.user_id = ? AND s.expires_at > ?
     ORDER BY s.created_at DESC LIMIT ?`,
    page.userId,
    page.nowMs,
    page.limit,
  );
  return rows.map(toSession);
}

export function touchSessions(
  database: Database,
  { touches }: { readonly touches: readonly SessionTouch[] },
): void {
  for (const touch of touches) {
    database.run(
      `UPDATE sessions SET last_activity_at = ?1, expires_at = ?2
       WHERE id_digest = ?3 AND last_activity_at <= ?1`,
      touch.lastActivityAtMs,
      touch.expiresAtMs,
      touch.key,
    );
  }
}

export function deleteSession(database: Database, { key }: { readonly key: string }): boolean {
  return database.run('DELETE FROM sessions WHERE id_digest = ?', key) === 1;
}

export function deleteSessionsOf(
  database: Database,
  { userId }: { readonly userId: UserId },
): string[] {
  const rows = database.all<{ id_digest: string }>(
    'DELETE FROM sessions WHERE user_id = ? RETURNING id_digest',
    userId,
  );
  return rows.map((row) => row.id_digest);
}

export function deleteExpiredSessions(
  database: Database,
  { nowMs }: { readonly nowMs: number },
): number {
  return database.run(
    `DELETE FROM sessions WHERE id_digest IN (
       SELECT id_digest FROM sessions WHERE expires_at <= ? LIMIT ${EXPIRED_ROWS_MAX})`,
    nowMs,
  );
}

/** The cursor is the id of the latest row: one transaction writes at a time, so ids are in order. */
export function listEndedSessions(
  database: Database,
  { cursor }: { readonly cursor: string | undefined },
): EndedSessions {
  const latest = database.one<{ id: number }>(
    'SELECT id FROM revocations ORDER BY id DESC LIMIT 1',
  );
  if (cursor === undefined) return { keys: [], cursor: String(latest?.id ?? 0) };
  const rows = database.all<{ id: number; session_key: string }>(
    'SELECT id, session_key FROM revocations WHERE id > ? ORDER BY id LIMIT ?',
    Number(cursor),
    ENDED_LISTED_MAX,
  );
  const keys = rows.map((row) => row.session_key);
  return { keys, cursor: String(rows.at(-1)?.id ?? cursor) };
}

export function deleteOldRevocations(database: Database): number {
  return database.run(
    `DELETE FROM revocations WHERE id IN (SELECT id FROM revocations
       WHERE revoked_at < CAST(unixepoch('subsec') * 1000 AS INTEGER) - ? LIMIT ${EXPIRED_ROWS_MAX})`,
    ENDED_KEPT_MS,
  );
}
