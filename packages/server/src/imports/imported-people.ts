/**
 * Creates the accounts of an export. No client can log in with them until their users set a password:
 * by a link of an administrator, or one that is mailed to their address.
 */
import { isBlank, LIMITS, type UserId } from '@parley/protocol';
import { isUsername } from '../domain/accounts/account-rules.ts';
import { isReservedName, looksOfficial } from '../domain/accounts/reserved-names.ts';
import { canonicalAddress } from '../domain/primitives/email-address.ts';
import type { By } from '../model/audit.ts';
import { withoutControl } from '../model/control-characters.ts';
import { derivedId } from '../model/derived-id.ts';
import { NO_PASSWORD, type User } from '../model/user.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { PasswordHash } from '../ports/password-hash.ts';
import type { Store } from '../ports/store.ts';
import type { ExportedHistory, ExportedPerson } from './exported-history.ts';

interface PeopleDependencies {
  readonly accounts: Pick<Store['accounts'], 'findEmailUser' | 'findUser' | 'insertUser'>;
  readonly secrets: Pick<Crypto, 'digest' | 'newToken'>;
  readonly passwords: Pick<PasswordHash, 'hash'>;
  readonly by: By;
}

export interface ImportedPerson {
  readonly user: User;
  readonly isNew: boolean;
}

/** Of names of the same spelling. */
const SUFFIX_MAX = 999;
const { usernameLengthMax, usernameLengthMin, displayNameLengthMax } = LIMITS;

/**
 * Finds or creates the account of each person. People with a confirmed e-mail address on this server
 * keep the account that they have.
 */
export async function importPeople(
  dependencies: PeopleDependencies,
  { origin }: Pick<ExportedHistory, 'origin'>,
  people: Iterable<ExportedPerson>,
): Promise<Map<string, ImportedPerson>> {
  const { accounts, secrets, passwords } = dependencies;
  const imported = new Map<string, ImportedPerson>();
  // Of a secret that is stored nowhere.
  const passwordHash = await passwords.hash(secrets.newToken());
  for (const person of people) {
    const { key } = person;
    const email = person.email === undefined ? undefined : canonicalAddress(person.email);
    const id = derivedId<UserId>(secrets, `${origin}:person:${key}`);
    const ownerOfEmail = email === undefined ? undefined : await accounts.findEmailUser(email);
    const known =
      (await accounts.findUser({ kind: 'id', id })) ??
      (ownerOfEmail && (await accounts.findUser({ kind: 'id', id: ownerOfEmail })));
    const user =
      known ?? (await createUser(dependencies, { person: { ...person, email }, id, passwordHash }));
    imported.set(key, { user, isNew: known === undefined });
  }
  return imported;
}

async function createUser(
  { accounts, by }: PeopleDependencies,
  {
    person,
    id,
    passwordHash,
  }: { readonly person: ExportedPerson; readonly id: UserId; readonly passwordHash: string },
): Promise<User> {
  const { isBot = false, isGuest = false, isDisabled = false, email: confirmedEmail } = person;
  for (const username of usernamesLike(person.username)) {
    const written = [...withoutControl(person.displayName).toWellFormed().trim()];
    const displayName = written.slice(0, displayNameLengthMax).join('');
    const user: User = {
      ...{ id, username, displayName: isBlank(displayName) ? username : displayName },
      ...(isBot ? { isBot } : {}),
      ...(isDisabled ? { disabledAtMs: by.atMs } : {}),
      ...{ role: isGuest ? 'guest' : 'member', createdAtMs: by.atMs },
    };
    // At once with all that belongs to it: an import that ends here leaves no half of a person.
    const hash = isBot ? NO_PASSWORD : passwordHash;
    const stored = await accounts.insertUser(user, hash, { confirmedEmail }, by);
    if (stored !== 'taken') return user;
  }
  throw new Error(`More than ${SUFFIX_MAX} users are called ${person.username}`);
}

/** The name with what usernames here may have, then with numbers. */
function* usernamesLike(written: string): Generator<string> {
  const letters = written.normalize('NFKD').replace(/\p{M}/gu, '');
  const plain = letters.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '');
  const base = plain.slice(0, usernameLengthMax).padEnd(usernameLengthMin, '-x');
  const isAllowed = isUsername(base) && !isReservedName(base) && !looksOfficial(base.toLowerCase());
  if (isAllowed) yield base;
  const start = isReservedName(base) || looksOfficial(base.toLowerCase()) ? 'user' : base;
  for (let number = 2; number <= SUFFIX_MAX; number += 1) {
    const suffix = `-${number}`;
    yield start.slice(0, usernameLengthMax - suffix.length) + suffix;
  }
}
