/**
 * Accounts of users that another issuer authenticates: found by issuer and subject, created on
 * first use.
 */

import { ChatError, isBlank, LIMITS, type UserId } from '@parley/protocol';
import { NO_PASSWORD, OWN_ISSUER, type User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { isStorable, withoutControl } from '../primitives/text-validation.ts';
import { findImitated } from './imitated-name.ts';
import { isReservedName } from './reserved-names.ts';

export interface ExternalUserClaims {
  readonly issuer: string;
  readonly subject: string;
  /** The preferred name; it gets a suffix if it is taken. */
  readonly username: string;
  readonly displayName: string;
}

/** Maximum number of names to try for one user. */
const NAMES_TRIED_MAX = 5;
const SUFFIX_LENGTH = 6;

/**
 * Never returns an account that has a password here.
 *
 * @throws {ChatError} CONFLICT if every name was taken, UNAVAILABLE.
 */
export async function findOrCreateExternalUser(
  dependencies: {
    readonly accounts: AccountStore;
    readonly secrets: Crypto;
    readonly clock: Clock;
  },
  { issuer, subject, username, displayName }: ExternalUserClaims,
): Promise<User> {
  const { accounts, secrets, clock } = dependencies;
  const found = await accounts.findExternalUser(issuer, subject);
  if (found !== undefined) return found;
  // The operator chooses the assistant's name.
  const isFree = issuer === OWN_ISSUER || !isReservedName(username);
  for (let tries = 0; tries < NAMES_TRIED_MAX; tries += 1) {
    const id = secrets.newId() as UserId; // Generated here: the cast is safe.
    const ownName = tries === 0 && isFree ? username : withSuffix(username, secrets);
    const shown = toShownName(displayName) ?? ownName;
    // The issuer may let its users choose any name; the operator chooses the assistant's.
    const imitated =
      issuer === OWN_ISSUER
        ? undefined
        : await findImitated(accounts, { displayName: shown, userId: id });
    const user: User = {
      id,
      username: ownName,
      displayName: imitated === undefined ? shown : ownName,
      role: 'member',
      createdAtMs: clock.nowMs(),
    };
    const external = { issuer, subject, passwordHash: NO_PASSWORD };
    const stored = await accounts.insertExternalUser(user, external);
    if (stored !== 'taken') return stored;
  }
  throw new ChatError('CONFLICT', { field: 'username' });
}

function withSuffix(name: string, secrets: Crypto): string {
  const suffix = secrets.newRandomId().slice(0, SUFFIX_LENGTH);
  return `${name.slice(0, LIMITS.usernameLengthMax - SUFFIX_LENGTH - 1)}-${suffix}`;
}

/** Undefined if nothing visible of the name could be stored. */
function toShownName(displayName: string): string | undefined {
  if (!isStorable(displayName)) return undefined;
  const shown = cut(withoutControl(displayName));
  return isBlank(shown) ? undefined : shown;
}

/** Does not split a character. */
function cut(name: string): string {
  return [...name.slice(0, 2 * LIMITS.usernameLengthMax)]
    .slice(0, LIMITS.usernameLengthMax)
    .join('');
}

/** Converts a name to a valid username. */
export function toUsername(written: string): string {
  const name = written.slice(0, LIMITS.usernameLengthMax).replace(/[^A-Za-z0-9_-]/g, '-');
  return name.padEnd(LIMITS.usernameLengthMin, '-');
}
