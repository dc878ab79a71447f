/** Rules of new accounts, for users who register and for the operator. */

import { ChatError, LIMITS, USERNAME_PATTERN, type UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { Invite } from '../../model/invite.ts';
import { usernameLookOf } from '../../model/name-keys.ts';
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
  const looks = [username.toLowerCase(), usernameLookOf(username)];
  if (looks.some((look) => isReservedName(look) || looksOfficial(look))) {
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

/** For a repeated registration whose first answer was lost. */
export function hasRegistered(): ChatError {
  const message = 'An account with this name was made with this invitation: log in';
  return new ChatError('CONFLICT', { field: 'username', message });
}

/** Others would take the user for another one. */
export function looksTaken(): ChatError {
  const message = 'This username looks like that of another user';
  return new ChatError('CONFLICT', { field: 'username', message });
}

/**
 * Stores an account with a checked name.
 *
 * @throws {ChatError} CONFLICT if the name is taken or looks like a taken one, FORBIDDEN if the invite has no place left, or the
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
    /** With which the user signs in. */
    readonly identity?: Admission['identity'];
    readonly email?: Admission['email'];
    /** Undefined for users who register. */
    readonly by?: By;
    /** Of the client that registers. */
    readonly address?: string;
  },
): Promise<User> {
  const { accounts, secrets, clock } = dependencies;
  const { username, passwordHash, invite, first, identity, email, address = '' } = account;
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
  // The operator may give names that look like others.
  const admission = { use, first, identity, email, isDistinct: account.by === undefined };
  const stored = await accounts.insertUser(user, passwordHash, admission, by);
  if (stored === 'no-place') throw notInvited();
  if (stored === 'barred') {
    const message =
      'An account from your network, or of this invitation, was suspended: register tomorrow';
    throw new ChatError('FORBIDDEN', { field: 'origin', message });
  }
  if (stored === 'not-first') {
    throw new ChatError('FORBIDDEN', { message: 'The server already has an account' });
  }
  if (stored === 'taken') {
    throw usernameTaken();
  }
  if (stored === 'look-taken') throw looksTaken();
  if (stored === 'identity-taken') {
    throw new ChatError('CONFLICT', { message: 'You have an account already: sign in again' });
  }
  return stored === 'stored-as-owner' ? { ...user, role: 'owner' } : user;
}

export function isUsername(text: string): boolean {
  const { usernameLengthMin: min, usernameLengthMax: max } = LIMITS;
  return text.length >= min && text.length <= max && USERNAME.test(text);
}
