/** Rules of new accounts, for users who register and for the operator. */

import { ChatError, LIMITS, USERNAME_PATTERN, type UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { Invite } from '../../model/invite.ts';
import type { Admission, User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { isReservedName, looksOfficial } from './reserved-names.ts';

const USERNAME = new RegExp(USERNAME_PATTERN);

/** Returns the name without surrounding spaces. @throws {ChatError} VALIDATION_ERROR. */
export function checkUsername(written: string): string {
  const username = written.trim();
  if (!isUsername(username)) {
    const { usernameLengthMin: min, usernameLengthMax: max } = LIMITS;
    throw new ChatError('VALIDATION_ERROR', {
      field: 'username',
      message: `A username has ${min} to ${max} letters, digits, '_' or '-'`,
    });
  }
  if (isReservedName(username) || looksOfficial(username.toLowerCase())) {
    const message = 'This username is reserved';
    throw new ChatError('VALIDATION_ERROR', { field: 'username', message });
  }
  return username;
}

/** Stands for an invite that does not let the new user in. */
export function notInvited(): ChatError {
  return new ChatError('FORBIDDEN', { field: 'invite', message: 'This invitation is not valid' });
}

export function usernameTaken(): ChatError {
  return new ChatError('CONFLICT', { field: 'username', message: 'Username taken' });
}

/**
 * Stores an account with a checked name.
 *
 * @throws {ChatError} CONFLICT if the name is taken, FORBIDDEN if the invite has no place left, or the
 *   account had to be the first one.
 */
export async function createAccount(
  dependencies: {
    readonly accounts: Pick<AccountStore, 'insertUser'>;
    readonly secrets: Pick<Crypto, 'newId'>;
    readonly clock: Pick<Clock, 'nowMs'>;
  },
  account: {
    readonly username: string;
    readonly passwordHash: string;
    readonly invite?: Invite | undefined;
    readonly first?: Admission['first'];
    /** Undefined for users who register. */
    readonly by?: By;
    /** Of the client that registers. */
    readonly address?: string;
  },
): Promise<User> {
  const { accounts, secrets, clock } = dependencies;
  const { username, passwordHash, invite, first, address = '' } = account;
  const nowMs = clock.nowMs();
  const user: User = {
    id: secrets.newId() as UserId, // Generated here: the cast is safe.
    username,
    displayName: username,
    role: invite?.role ?? 'member',
    createdAtMs: nowMs,
  };
  const use = invite && { inviteId: invite.id, userId: user.id, address, nowMs };
  const by = account.by ?? { actor: user.id, address, atMs: nowMs };
  const stored = await accounts.insertUser(user, passwordHash, { use, first }, by);
  if (stored === 'no-place') throw notInvited();
  if (stored === 'not-first') {
    throw new ChatError('FORBIDDEN', { message: 'The server already has an account' });
  }
  if (stored === 'taken') {
    throw usernameTaken();
  }
  return stored === 'stored-as-owner' ? { ...user, role: 'owner' } : user;
}

export function isUsername(text: string): boolean {
  const { usernameLengthMin: min, usernameLengthMax: max } = LIMITS;
  return text.length >= min && text.length <= max && USERNAME.test(text);
}
