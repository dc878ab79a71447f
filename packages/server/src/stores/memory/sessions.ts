import type { Session, SessionStore } from '../../ports/session-store.ts';
import type { Tables } from './tables.ts';

export function memorySessionStore(tables: Tables): SessionStore {
  const { sessions, accountsById } = tables;
  const deleteWhere = (applies: (session: Session) => boolean): string[] => {
    const keys = [...sessions.values()].filter(applies).map((session) => session.key);
    for (const key of keys) sessions.delete(key);
    return keys;
  };
  return {
    async insertSession(session) {
      sessions.set(session.key, session);
    },
    async findSession(key) {
      const session = sessions.get(key);
      const user = session && accountsById.get(session.userId)?.user;
      return session && user && { session, user };
    },
    async touchSessions(touches) {
      for (const touch of touches) {
        const session = sessions.get(touch.key);
        if (session !== undefined) sessions.set(touch.key, { ...session, ...touch });
      }
    },
    async deleteSession(key) {
      return sessions.delete(key);
    },
    async deleteSessionsOf(userId, keep) {
      return deleteWhere((session) => session.userId === userId && session.key !== keep);
    },
    async deleteExpiredSessions(nowMs) {
      return deleteWhere((session) => session.expiresAtMs <= nowMs).length;
    },
  };
}
