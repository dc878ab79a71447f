import type { UserId } from '@parley/protocol';
import { longestWaitMs, withAttempt } from '../../model/attempt-limits.ts';
import { toRole } from '../../model/stored-role.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Tables } from './tables.ts';

export function memoryAccountStore(tables: Tables): AccountStore {
  const { accounts, accountsById, externalUsers, attempts } = tables;
  const hasBlocked = (one: UserId, other: UserId): boolean =>
    accountsById.get(one)?.blocked.has(other) === true;
  return {
    async insertUser(user, passwordHash) {
      const key = user.username.toLowerCase();
      if (accounts.has(key)) return 'taken';
      const account = {
        user: { ...user, role: toRole(user.role) },
        passwordHash,
        lastSeenAtMs: undefined,
        blocked: new Set<UserId>(),
        asksFirst: false,
      };
      accounts.set(key, account);
      accountsById.set(user.id, account);
      return 'stored';
    },
    async findCredentials(username) {
      const account = accounts.get(username.toLowerCase());
      return account && { user: account.user, passwordHash: account.passwordHash };
    },
    async findUser(reference) {
      return reference.kind === 'id'
        ? accountsById.get(reference.id)?.user
        : accounts.get(reference.username.toLowerCase())?.user;
    },
    async listUsersByPrefix(prefix, limit) {
      const key = prefix.toLowerCase();
      return [...accounts]
        .filter(
          ([username, { user }]) =>
            username.startsWith(key) || user.displayName.toLowerCase().startsWith(key),
        )
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([, { user }]) => user);
    },
    async listUsers(ids, usernames = []) {
      const byName = usernames.map((username) => accounts.get(username.toLowerCase()));
      const found = [...ids.map((id) => accountsById.get(id)), ...byName];
      return [...new Set(found)].flatMap((account) => account?.user ?? []);
    },
    async setDisplayName({ id }, displayName) {
      const account = accountsById.get(id);
      if (account !== undefined) account.user = { ...account.user, displayName };
    },
    async findExternalUser(issuer, subject) {
      return externalUsers.get(JSON.stringify([issuer, subject]));
    },
    async insertExternalUser(user, { issuer, subject, passwordHash }) {
      const key = JSON.stringify([issuer, subject]);
      const there = externalUsers.get(key);
      if (there !== undefined) return there;
      if ((await this.insertUser(user, passwordHash)) === 'taken') return 'taken';
      externalUsers.set(key, user);
      return user;
    },
    async block(userId, blockedId) {
      accountsById.get(userId)?.blocked.add(blockedId);
    },
    async unblock(userId, blockedId) {
      return accountsById.get(userId)?.blocked.delete(blockedId) === true;
    },
    async listBlocked(userId, limit) {
      const latestFirst = [...(accountsById.get(userId)?.blocked ?? [])].reverse();
      return latestFirst
        .slice(0, limit)
        .flatMap((blockedId) => accountsById.get(blockedId)?.user ?? []);
    },
    async isBlockedBetween(one, other) {
      return hasBlocked(one, other) || hasBlocked(other, one);
    },
    async listBlockedBetween(userId, otherIds) {
      return otherIds.filter((id) => hasBlocked(userId, id) || hasBlocked(id, userId)).sort();
    },
    async setLastSeen(users) {
      for (const { userId, lastSeenAtMs } of users) {
        const account = accountsById.get(userId);
        if (account !== undefined) account.lastSeenAtMs = lastSeenAtMs;
      }
    },
    async findLastSeen(userId) {
      return accountsById.get(userId)?.lastSeenAtMs;
    },
    async findAttemptWait(limits, nowMs) {
      return longestWaitMs(limits, attempts, nowMs);
    },
    async countAttempt(limits, nowMs) {
      const waitMs = longestWaitMs(limits, attempts, nowMs);
      if (waitMs > 0) return waitMs;
      for (const limit of limits) {
        attempts.set(limit.key, withAttempt(limit, attempts.get(limit.key), nowMs));
      }
      return 0;
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
