/** Accounts: registration, and the check of a name and a password. */
import { ChatError, LIMITS, USERNAME_PATTERN, type UserId } from '@parley/protocol';
import type { AccountStore, Credentials as KnownCredentials } from '../ports/account-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Identity } from '../ports/identity.ts';
import type { User } from '../ports/model.ts';
import type { PasswordHash } from '../ports/password-hash.ts';
import type { Secrets } from '../ports/secrets.ts';
import { BoundedRunner } from './bounded-runner.ts';
import { isReservedName } from './reserved-names.ts';
import type { Sessions } from './sessions.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Of whoever asks; `undefined` where all come from one, as over loopback. */
  readonly address: string | undefined;
}

/** In place of a hash where there is no password: nobody logs in to such an account by one. */
export const NO_PASSWORD = '!';

const USERNAME = new RegExp(USERNAME_PATTERN);
const ATTEMPT_WINDOW_MS = 15 * 60 * 1000;
/** Wrong passwords for one account from one address: a person mistypes, a program guesses. */
const ATTEMPTS_PER_ACCOUNT_MAX = 10;
/** Attempts from one address over all accounts: a whole office behind one may log in. */
const ATTEMPTS_PER_ADDRESS_MAX = 100;
/** New accounts from one address in the same window: one fills the store else. */
const REGISTRATIONS_PER_ADDRESS_MAX = 30;

export class Accounts {
  readonly #store: AccountStore;
  readonly #sessions: Sessions;
  readonly #passwords: PasswordHash;
  readonly #secrets: Secrets;
  readonly #clock: Clock;
  readonly #registration: 'open' | 'closed';
  // Each hash takes 19 MiB and a thread of the pool that files and names need too.
  readonly #hashing = new BoundedRunner({ atOnceMax: 2, waitingMax: 50 });
  #hashOfNobody: Promise<string> | undefined;

  constructor(parts: {
    readonly store: AccountStore;
    readonly sessions: Sessions;
    readonly passwords: PasswordHash;
    readonly secrets: Secrets;
    readonly clock: Clock;
    readonly registration: 'open' | 'closed';
  }) {
    this.#store = parts.store;
    this.#sessions = parts.sessions;
    this.#passwords = parts.passwords;
    this.#secrets = parts.secrets;
    this.#clock = parts.clock;
    this.#registration = parts.registration;
  }

  /** @throws {ChatError} VALIDATION_ERROR, CONFLICT, FORBIDDEN, RATE_LIMITED, UNAVAILABLE. */
  async register({ username: written, password, address }: Credentials): Promise<User> {
    if (this.#registration === 'closed') {
      throw new ChatError('FORBIDDEN', { message: 'Registration is closed' });
    }
    const username = checkUsername(written);
    checkPassword(password);
    if (address !== undefined) {
      await this.#countAttempt(`register ${address}`, REGISTRATIONS_PER_ADDRESS_MAX);
    }
    const passwordHash = await this.#hash(password);
    const user: User = {
      id: this.#secrets.newId() as UserId, // Made here, so it is one.
      username,
      displayName: username,
      role: 'member',
      createdAtMs: this.#clock.nowMs(),
    };
    if ((await this.#store.insertUser(user, passwordHash)) === 'taken') {
      throw new ChatError('CONFLICT', { field: 'username', message: 'Username taken' });
    }
    return user;
  }

  /**
   * The user whose name and password these are, with the hash that says so. A wrong
   * password, an unknown name and one that cannot exist are answered alike, and take as long.
   *
   * @throws {ChatError} UNAUTHENTICATED, RATE_LIMITED, UNAVAILABLE.
   */
  async verify(attempt: Credentials): Promise<KnownCredentials> {
    const known = await this.#match(attempt);
    if (known === undefined) throw wrongCredentials();
    return known;
  }

  /**
   * Sets another password for whoever knows the present one, and ends all their other
   * sessions: whoever has one of these does not know it. Both or neither; tried again
   * after an answer was lost, it is done.
   *
   * @throws {ChatError} VALIDATION_ERROR; FORBIDDEN for a wrong present password;
   *   UNAUTHENTICATED where the session has ended; RATE_LIMITED, UNAVAILABLE.
   */
  async changePassword(
    identity: Identity,
    change: { readonly currentPassword: string; readonly newPassword: string },
    address: string | undefined,
  ): Promise<void> {
    const { currentPassword, newPassword } = change;
    checkPassword(newPassword, 'newPassword');
    const { username } = identity.user;
    const present = await this.#match({ username, password: currentPassword, address });
    if (present !== undefined) {
      const hashes = { fromHash: present.passwordHash, toHash: await this.#hash(newPassword) };
      if (await this.#sessions.changePassword(identity, hashes)) return;
    }
    // It has been set, as far as this client knows or not: then only the other sessions are left to end.
    const set = await this.#match({ username, password: newPassword, address });
    if (set !== undefined) {
      const hashes = { fromHash: set.passwordHash, toHash: set.passwordHash };
      if (await this.#sessions.changePassword(identity, hashes)) return;
    }
    // Not the session is at fault, which a client would take 401 for.
    const message = 'The current password is not right';
    throw new ChatError('FORBIDDEN', { field: 'currentPassword', message });
  }

  /** Each password that is tried is an attempt. @throws {ChatError} RATE_LIMITED, UNAVAILABLE. */
  async #match({
    username: written,
    password,
    address,
  }: Credentials): Promise<KnownCredentials | undefined> {
    const username = written.trim().slice(0, LIMITS.usernameLengthMax + 1);
    const accountKey = `login ${this.#secrets.digest(username.toLowerCase())} ${address ?? ''}`;
    await this.#countAttempt(accountKey, ATTEMPTS_PER_ACCOUNT_MAX);
    if (address !== undefined) {
      await this.#countAttempt(`login ${address}`, ATTEMPTS_PER_ADDRESS_MAX);
    }
    // A name that cannot exist is not looked for; it takes as long.
    const known = isUsername(username) ? await this.#store.findCredentials(username) : undefined;
    const found = known?.passwordHash === NO_PASSWORD ? undefined : known;
    const isRight = await this.#hashing.run(async () => {
      // Of a legal length only: what costs time must not cost it by the megabyte.
      const candidate = password.slice(0, LIMITS.passwordLengthMax * 2);
      const hash = found?.passwordHash ?? (await this.#dummyHash());
      return this.#passwords.verify(normalise(candidate), hash);
    });
    if (found === undefined || !isRight) return undefined;
    await this.#store.forgetAttempts(accountKey);
    return found;
  }

  #hash(password: string): Promise<string> {
    return this.#hashing.run(() => this.#passwords.hash(normalise(password)));
  }

  async #countAttempt(key: string, attemptsMax: number): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const { attempts, windowEndsAtMs } = await this.#store.countAttempt(
      key,
      nowMs,
      ATTEMPT_WINDOW_MS,
    );
    if (attempts <= attemptsMax) return;
    const retryAfterSeconds = Math.ceil((windowEndsAtMs - nowMs) / 1000);
    throw new ChatError('RATE_LIMITED', { retryAfterSeconds });
  }

  /** Compared with where nobody has the name, so that an unknown one takes as long. */
  #dummyHash(): Promise<string> {
    this.#hashOfNobody ??= this.#passwords.hash(this.#secrets.newToken());
    return this.#hashOfNobody;
  }
}

/** However they are wrong. */
export function wrongCredentials(): ChatError {
  return new ChatError('UNAUTHENTICATED', { message: 'Invalid credentials' });
}

function checkUsername(written: string): string {
  const username = written.trim();
  if (!isUsername(username)) {
    const { usernameLengthMin: min, usernameLengthMax: max } = LIMITS;
    throw new ChatError('VALIDATION_ERROR', {
      field: 'username',
      message: `A username has ${min} to ${max} letters, digits, '_' or '-'`,
    });
  }
  if (isReservedName(username)) {
    const message = 'This username is reserved';
    throw new ChatError('VALIDATION_ERROR', { field: 'username', message });
  }
  return username;
}

function isUsername(text: string): boolean {
  const { usernameLengthMin: min, usernameLengthMax: max } = LIMITS;
  return text.length >= min && text.length <= max && USERNAME.test(text);
}

function checkPassword(password: string, field = 'password'): void {
  const { passwordLengthMin: min, passwordLengthMax: max } = LIMITS;
  const length = password.length > max * 2 ? Number.POSITIVE_INFINITY : [...password].length;
  if (length < min || length > max) {
    throw new ChatError('VALIDATION_ERROR', {
      field,
      message: `A password has ${min} to ${max} characters`,
    });
  }
}

/** The same characters, however a keyboard composes them. */
function normalise(password: string): string {
  return password.normalize('NFC');
}
