/**
 * Accounts of users that another issuer authenticates: found by issuer and subject, created on
 * first use. Their names and pictures follow the issuer.
 */

import { ChatError, isBlank, LIMITS, type UserId } from '@parley/protocol';
import { withoutControl } from '../../model/control-characters.ts';
import { isAvatarUrl, NO_PASSWORD, OWN_ISSUER, type User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { isStorable } from '../primitives/text-validation.ts';
import { findImitated } from './imitated-name.ts';
import type { Profiles } from './profiles.ts';
import { isReservedName } from './reserved-names.ts';

interface ExternalUserClaims {
  readonly issuer: string;
  readonly subject: string;
  /** The preferred name; the subject if it is absent. It gets a suffix if it is taken. */
  readonly username?: string | undefined;
  /** The name to show; the preferred name if it is absent. */
  readonly displayName?: string | undefined;
  /** Address of a picture; empty for none. If it is absent, the picture stays. */
  readonly avatarUrl?: string | undefined;
}

interface ExternalUsersDependencies {
  readonly accounts: AccountStore;
  readonly profiles: Pick<Profiles, 'follow'>;
  readonly secrets: Crypto;
  readonly clock: Clock;
}

/** Maximum number of names to try for one user. */
const NAMES_TRIED_MAX = 5;
const SUFFIX_LENGTH = 6;

export class ExternalUsers {
  readonly #dependencies: ExternalUsersDependencies;

  constructor(dependencies: ExternalUsersDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Never returns an account that has a password here.
   *
   * @throws {ChatError} CONFLICT if every name was taken, UNAVAILABLE.
   */
  async findOrCreate(claims: ExternalUserClaims): Promise<User> {
    const { accounts } = this.#dependencies;
    const found = await accounts.findExternalUser(claims.issuer, claims.subject);
    if (found === undefined) return this.#create(claims);
    // A deleted account does not get its names back.
    return found.deletedAtMs === undefined ? this.#follow(found, claims) : found;
  }

  async #create(claims: ExternalUserClaims): Promise<User> {
    const { accounts, secrets, clock } = this.#dependencies;
    const { issuer, subject } = claims;
    const isOwn = issuer === OWN_ISSUER;
    const written = claims.username || subject;
    const username = isOwn ? written : toUsername(written);
    // The operator chooses the assistant's name.
    const isFree = isOwn || !isReservedName(username);
    const avatarUrl = toAvatarUrl(claims);
    for (let tries = 0; tries < NAMES_TRIED_MAX; tries += 1) {
      const id = secrets.newId() as UserId; // Generated here: the cast is safe.
      const ownName = tries === 0 && isFree ? username : withSuffix(username, secrets);
      const user: User = {
        id,
        username: ownName,
        displayName: await this.#allowedName({ id, username: ownName }, claims),
        ...(isOwn ? { isBot: true } : { externalId: subject }),
        ...(avatarUrl === undefined ? {} : { avatarUrl }),
        role: 'member',
        createdAtMs: clock.nowMs(),
      };
      const external = { issuer, subject, passwordHash: NO_PASSWORD };
      const stored = await accounts.insertExternalUser(user, external);
      if (stored !== 'taken') return stored;
    }
    throw new ChatError('CONFLICT', { field: 'username' });
  }

  /** Applies what the issuer has changed since the last time. */
  async #follow(user: User, claims: ExternalUserClaims): Promise<User> {
    const { issuer, avatarUrl } = claims;
    const written = shownNameOf(claims);
    const isSameName =
      issuer === OWN_ISSUER || written === undefined || written === user.displayName;
    const displayName = isSameName ? user.displayName : await this.#allowedName(user, claims);
    const shown = {
      displayName,
      avatarUrl: avatarUrl === undefined ? user.avatarUrl : toAvatarUrl(claims),
    };
    const isSame = displayName === user.displayName && shown.avatarUrl === user.avatarUrl;
    return isSame ? user : this.#dependencies.profiles.follow(user, shown);
  }

  /** The name to show; the username instead of a name that looks like that of another user. */
  async #allowedName(
    { id: userId, username }: Pick<User, 'id' | 'username'>,
    claims: ExternalUserClaims,
  ): Promise<string> {
    const displayName = shownNameOf(claims);
    if (displayName === undefined) return username;
    // The issuer may let its users choose any name; the operator chooses the assistant's.
    if (claims.issuer === OWN_ISSUER) return displayName;
    const { accounts } = this.#dependencies;
    const imitated = await findImitated(accounts, { displayName, userId });
    return imitated === undefined ? displayName : username;
  }
}

/** A username for a new account that its user can change: the first of these names, with a suffix if it is taken. */
export async function proposeUsername(
  {
    accounts,
    secrets,
  }: {
    readonly accounts: Pick<AccountStore, 'findUser'>;
    readonly secrets: Pick<Crypto, 'newRandomId'>;
  },
  [written = 'user']: readonly string[],
): Promise<string> {
  const username = toUsername(written);
  const isFree =
    !isReservedName(username) &&
    (await accounts.findUser({ kind: 'username', username })) === undefined;
  return isFree ? username : withSuffix(username, secrets);
}

function withSuffix(name: string, secrets: Pick<Crypto, 'newRandomId'>): string {
  const suffix = secrets.newRandomId().slice(0, SUFFIX_LENGTH);
  return `${name.slice(0, LIMITS.usernameLengthMax - SUFFIX_LENGTH - 1)}-${suffix}`;
}

/** Undefined if there is none, or if nothing visible of it could be stored. */
function shownNameOf({ displayName, username }: ExternalUserClaims): string | undefined {
  return toShownName(displayName) ?? toShownName(username);
}

function toShownName(written = ''): string | undefined {
  if (!isStorable(written)) return undefined;
  const shown = cut(withoutControl(written));
  return isBlank(shown) ? undefined : shown;
}

/** Does not split a character. */
function cut(name: string): string {
  return [...name.slice(0, 2 * LIMITS.displayNameLengthMax)]
    .slice(0, LIMITS.displayNameLengthMax)
    .join('');
}

function toAvatarUrl({ avatarUrl = '' }: ExternalUserClaims): string | undefined {
  return isAvatarUrl(avatarUrl) ? avatarUrl : undefined;
}

/** Converts a name to a valid username: letters lose their accents. */
function toUsername(written: string): string {
  const plain = written.slice(0, LIMITS.usernameLengthMax).normalize('NFKD').replace(/\p{M}/gu, '');
  const name = plain.slice(0, LIMITS.usernameLengthMax).replace(/[^A-Za-z0-9_-]/g, '-');
  return name.padEnd(LIMITS.usernameLengthMin, '-');
}
