import type { UserId } from '@parley/protocol';
import { longestWaitMs, withAttempt } from '../../model/attempt-limits.ts';
import { type NameKeys, nameKeysOf } from '../../model/name-keys.ts';
import { toRole } from '../../model/stored-role.ts';
import type { User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { StoredAccount, Tables } from './tables.ts';

/** As the SQL stores find out when they read a user. */
export function withNameShared({ looks }: Tables, { user, names }: StoredAccount): User {
  return (looks.get(names.look) ?? 0) > 1 ? { ...user, isNameShared: true } : user;
}

export function memoryAccountStore(tables: Tables): AccountStore {
  const { accounts, accountsById, externalUsers, attempts, rooms } = tables;
  const userOf = (account: StoredAccount | undefined): User | undefined =>
    account && withNameShared(tables, account);
  const shown = (account: StoredAccount): User => withNameShared(tables, account);
  const countLook = ({ look }: NameKeys, by: 1 | -1): void => {
    tables.looks.set(look, (tables.looks.get(look) ?? 0) + by);
  };
  const hasBlocked = (one: UserId, other: UserId): boolean =>
    accountsById.get(one)?.blocked.has(other) === true;
  return {
    async insertUser(user, passwordHash) {
      const key = user.username.toLowerCase();
      if (accounts.has(key)) return 'taken';
      const account = {
        user: { ...user, role: toRole(user.role) },
        names: nameKeysOf(user),
        passwordHash,
        lastSeenAtMs: undefined,
        chosenPresence: undefined,
        blocked: new Set<UserId>(),
        asksFirst: undefined,
      };
      countLook(account.names, 1);
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
        ? userOf(accountsById.get(reference.id))
        : userOf(accounts.get(reference.username.toLowerCase()));
    },
    async listUsersByWord(start, limit) {
      const found = [...accountsById.values()].flatMap((account) =>
        account.names.words.flatMap((word) => (word.startsWith(start) ? [{ word, account }] : [])),
      );
      const first = found.sort((a, b) => (a.word < b.word ? -1 : 1)).slice(0, limit);
      return [...new Set(first.map(({ account }) => account))].map(shown);
    },
    async listMembersByWord(roomId, start, { limit }) {
      const ids = [...(rooms.get(roomId)?.members.keys() ?? [])];
      return ids
        .flatMap((id) => accountsById.get(id) ?? [])
        .filter(({ names }) => names.words.some((word) => word.startsWith(start)))
        .slice(0, limit)
        .map(shown);
    },
    async listUsersByLook(look, limit) {
      const found = [...accountsById.values()].filter(({ names }) => names.look === look);
      return found.slice(0, limit).map(shown);
    },
    async listUsers(ids, usernames = []) {
      const byName = usernames.map((username) => accounts.get(username.toLowerCase()));
      const found = [...ids.map((id) => accountsById.get(id)), ...byName];
      return [...new Set(found)].flatMap((account) => userOf(account) ?? []);
    },
    async listUsersByExternalId(externalIds) {
      const wanted = new Set<string | undefined>(externalIds);
      const found = [...accountsById.values()].filter(
        ({ user: { externalId } }) => externalId !== undefined && wanted.has(externalId),
      );
      return found.map(shown);
    },
    async setAvatarUrl(userId, avatarUrl) {
      const account = accountsById.get(userId);
      if (account === undefined) return;
      const { avatarUrl: _, ...user } = account.user;
      account.user = avatarUrl === undefined ? user : { ...user, avatarUrl };
    },
    async setDisplayName({ id }, displayName) {
      const account = accountsById.get(id);
      if (account === undefined) return;
      countLook(account.names, -1);
      account.user = { ...account.user, displayName };
      account.names = nameKeysOf(account.user);
      countLook(account.names, 1);
    },
    async findExternalUser(issuer, subject) {
      const user = externalUsers.get(JSON.stringify([issuer, subject]));
      return user && userOf(accountsById.get(user.id));
    },
    async insertExternalUser(user, { issuer, subject, passwordHash }) {
      const key = JSON.stringify([issuer, subject]);
      const there = externalUsers.get(key);
      if (there !== undefined) return there;
      if ((await this.insertUser(user, passwordHash)) === 'taken') return 'taken';
      externalUsers.set(key, user);
      return user;
    },
    async block(userId, blockedId, { directKey }) {
      accountsById.get(userId)?.blocked.add(blockedId);
      for (const [roomId, { room, members }] of rooms) {
        const isDirect = room.kind === 'direct' && room.nameKey === directKey;
        if (isDirect && members.delete(userId)) return roomId;
      }
      return undefined;
    },
    async unblock(userId, blockedId) {
      return accountsById.get(userId)?.blocked.delete(blockedId) === true;
    },
    async listBlocked(userId, limit, after) {
      const latestFirst = [...(accountsById.get(userId)?.blocked ?? [])].reverse();
      return latestFirst
        .slice(after === undefined ? 0 : latestFirst.indexOf(after) + 1)
        .slice(0, limit)
        .flatMap((blockedId) => userOf(accountsById.get(blockedId)) ?? []);
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
    async setChosenPresence(choice) {
      const account = accountsById.get(choice.userId);
      const before = account?.chosenPresence?.chosenAtMs ?? 0;
      if (account !== undefined && choice.chosenAtMs >= before) account.chosenPresence = choice;
    },
    async listChosenPresence(userIds) {
      return userIds.flatMap((id) => accountsById.get(id)?.chosenPresence ?? []);
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
