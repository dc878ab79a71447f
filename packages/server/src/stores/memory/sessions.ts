import type { UserId } from '@parley/protocol';
import type { Session } from '../../model/session.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import { withNameShared } from './accounts.ts';
import type { Tables } from './tables.ts';

/** Sessions that one call deletes, as in the SQL stores. */
const EXPIRED_MAX = 250;

export function memorySessionStore(tables: Tables): SessionStore {
  const { sessions, accountsById, endedSessions } = tables;
  const deleteWhere = (applies: (session: Session) => boolean, limit?: number): string[] => {
    const found = [...sessions.values()].filter(applies).slice(0, limit);
    const keys = found.map((session) => session.key);
    for (const key of keys) sessions.delete(key);
    endedSessions.push(...keys);
    return keys;
  };
  const deleteOf = (userId: UserId): string[] =>
    deleteWhere((session) => session.userId === userId);
  return {
    async insertSession(session, passwordHash) {
      if (accountsById.get(session.userId)?.passwordHash !== passwordHash) return false;
      sessions.set(session.key, session);
      return true;
    },
    async changePassword({ userId, sessionKey, successor, fromHash, toHash }) {
      const account = accountsById.get(userId);
      if (sessions.get(sessionKey)?.userId !== userId) return { kind: 'session-over' };
      if (account?.passwordHash !== fromHash) return { kind: 'other-password' };
      account.passwordHash = toHash;
      const endedKeys = deleteOf(userId);
      sessions.set(successor.key, successor);
      return { kind: 'changed', endedKeys };
    },
    async setPassword(userId, passwordHash) {
      const account = accountsById.get(userId);
      if (account !== undefined) account.passwordHash = passwordHash;
      return deleteOf(userId);
    },
    async findSession(key) {
      const session = sessions.get(key);
      const account = session && accountsById.get(session.userId);
      const user = account && withNameShared(tables, account);
      return session && user && { session, user };
    },
    async listSessions(userId, { nowMs, limit }) {
      return [...sessions.values()]
        .filter((session) => session.userId === userId && session.expiresAtMs > nowMs)
        .sort((one, other) => other.createdAtMs - one.createdAtMs)
        .slice(0, limit);
    },
    async touchSessions(touches) {
      for (const touch of touches) {
        const session = sessions.get(touch.key);
        if (session === undefined || session.lastActivityAtMs > touch.lastActivityAtMs) continue;
        sessions.set(touch.key, { ...session, ...touch });
      }
    },
    async deleteSession(key) {
      return deleteWhere((session) => session.key === key).length > 0;
    },
    async deleteSessionsOf(userId) {
      return deleteOf(userId);
    },
    async deleteExpiredSessions(nowMs) {
      return deleteWhere((session) => session.expiresAtMs <= nowMs, EXPIRED_MAX).length;
    },
    async listEndedSessions(cursor = String(endedSessions.length)) {
      return { keys: endedSessions.slice(Number(cursor)), cursor: String(endedSessions.length) };
    },
    async deleteOldRevocations() {
      return 0;
    },
  };
}
