import type { AccountStore } from '../../ports/account-store.ts';
import { type Tables, userById } from './tables.ts';

export function memoryAccountStore(tables: Tables): AccountStore {
  const { accounts, attempts } = tables;
  return {
    async insertUser(user, passwordHash) {
      const key = user.username.toLowerCase();
      if (accounts.has(key)) return 'taken';
      accounts.set(key, { user, passwordHash, lastSeenAtMs: undefined });
      return 'stored';
    },
    async findCredentials(username) {
      const account = accounts.get(username.toLowerCase());
      return account && { user: account.user, passwordHash: account.passwordHash };
    },
    async setLastSeen(userId, atMs) {
      const account = userById(tables, userId);
      if (account !== undefined) account.lastSeenAtMs = atMs;
    },
    async findLastSeen(userId) {
      return userById(tables, userId)?.lastSeenAtMs;
    },
    async countAttempt(key, nowMs, windowMs) {
      const open = attempts.get(key);
      const count =
        open !== undefined && open.windowEndsAtMs > nowMs
          ? open
          : { attempts: 0, windowEndsAtMs: nowMs + windowMs };
      count.attempts += 1;
      attempts.set(key, count);
      return { ...count };
    },
    async forgetAttempts(key) {
      attempts.delete(key);
    },
    async deleteOldAttempts(nowMs) {
      const old = [...attempts].filter(([, count]) => count.windowEndsAtMs <= nowMs);
      for (const [key] of old) attempts.delete(key);
      return old.length;
    },
  };
}
