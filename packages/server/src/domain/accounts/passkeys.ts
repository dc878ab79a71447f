/**
 * Passkeys: their user adds and removes them, signs in with them, and proves the identity again. The
 * authenticator asks for a PIN or alike, so that a passkey is both factors at once.
 */
import { ChatError } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import { PASSKEY_ALGORITHMS, PASSKEYS_MAX, type Passkey } from '../../model/passkey.ts';
import { type Credentials, isDisabled, type User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger } from '../../ports/logger.ts';
import type {
  NewPasskeyAnswer,
  PasskeyAnswer,
  PasskeyVerifier,
} from '../../ports/passkey-verifier.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import { byOf } from '../core/act.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { type TextKind, toLine } from '../primitives/text-validation.ts';
import type { AccountNotices } from './account-notices.ts';
import type { AuthAttemptLimiter } from './auth-attempt-limiter.ts';
import { requireFullSession } from './full-session.ts';
import { CHALLENGE_VALID_MS, type PasskeyChallenges } from './passkey-challenges.ts';
import { RECENT_MS } from './recent-proof.ts';
import type { RequiredSignIn } from './required-sign-in.ts';
import type { SessionClient, Sessions, StartedSession } from './sessions.ts';
import { accountDisabled, wrongPasskey } from './wrong-credentials-error.ts';

const NAME: TextKind = { field: 'name', noun: 'The name', lengthMax: 60 };
/** 1023 bytes in base64url: the maximum of WebAuthn. */
const CREDENTIAL_ID_LENGTH_MAX = 1364;
/** More than an RSA key of 4096 bits. */
const PUBLIC_KEY_LENGTH_MAX = 1024;
const TRANSPORT = /^[a-z-]{1,20}$/;
const TRANSPORTS_MAX = 8;
/** Name of the server in dialogs of browsers. */
const SERVER_NAME = 'Parley';
const SIGN_IN = 'sign in';

interface PasskeysDependencies {
  readonly store: {
    readonly accounts: Pick<
      AccountStore,
      | 'listPasskeys'
      | 'findPasskeyCredentials'
      | 'insertPasskey'
      | 'renamePasskey'
      | 'deletePasskey'
    >;
    readonly sessions: Pick<SessionStore, 'noteUsedPasskey' | 'proveSession'>;
  };
  readonly sessions: Pick<Sessions, 'start'>;
  readonly notices: Pick<AccountNotices, 'noteChange'>;
  readonly challenges: PasskeyChallenges;
  /** Undefined if browsers offer no passkeys for this server. */
  readonly verifier: PasskeyVerifier | undefined;
  readonly attempts: Pick<
    AuthAttemptLimiter,
    'networkOf' | 'countPasskey' | 'countCode' | 'noteRefusal'
  >;
  readonly requiredSignIn: Pick<RequiredSignIn, 'requireFirstFactor' | 'requireOtherFactor'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly secrets: Pick<Crypto, 'newId'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: Logger;
}

/** A passkey whose signature is valid, and was not used. */
interface Verified {
  readonly credentials: Credentials;
}

/**
 * Every method that takes an identity rejects with {ChatError} FORBIDDEN for a token that is only for
 * connections, for users of another application, and if there are no passkeys here; RATE_LIMITED,
 * UNAVAILABLE.
 */
export class Passkeys {
  readonly #dependencies: PasskeysDependencies;

  constructor(dependencies: PasskeysDependencies) {
    this.#dependencies = dependencies;
  }

  /** The domain of the passkeys; undefined if there are none on this server. */
  get site(): string | undefined {
    return this.#dependencies.verifier?.site;
  }

  async list(identity: Identity): Promise<readonly Passkey[]> {
    requireFullSession(identity);
    return this.#dependencies.store.accounts.listPasskeys(identity.user.id);
  }

  /** Options for `navigator.credentials.create`. @throws {ChatError} CONFLICT if there are too many. */
  async beginAdding(identity: Identity): Promise<object> {
    const { site } = await this.#requireOwn(identity);
    const { user } = identity;
    await this.#dependencies.requiredSignIn.requireFirstFactor(identity);
    const known = await this.#dependencies.store.accounts.listPasskeys(user.id);
    if (known.length >= PASSKEYS_MAX) throw tooMany();
    return {
      challenge: this.#dependencies.challenges.create(addingBy(identity)),
      rp: { id: site, name: SERVER_NAME },
      user: { id: handleOf(user), name: user.username, displayName: user.displayName },
      pubKeyCredParams: PASSKEY_ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
      timeout: CHALLENGE_VALID_MS,
      attestation: 'none',
      excludeCredentials: known.map(toDescriptor),
      authenticatorSelection: {
        ...{ residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      },
    };
  }

  /**
   * @throws {ChatError} FORBIDDEN with the field `response` if the answer is not valid, or was used;
   *   CONFLICT if the credential is known, or there are too many; VALIDATION_ERROR for the name. A session
   *   that lacked a second factor has it then.
   */
  async add(
    identity: Identity,
    { name: written, response }: { readonly name: string; readonly response: NewPasskeyAnswer },
  ): Promise<Passkey> {
    const verifier = await this.#requireOwn(identity);
    const name = toLine(written, NAME);
    await this.#dependencies.requiredSignIn.requireFirstFactor(identity);
    const { challenges, store, secrets, clock } = this.#dependencies;
    const { user } = identity;
    const expected = this.#expect(addingBy(identity));
    const credential = await verifier.verifyNew(response, expected.isExpected);
    if (
      credential === undefined ||
      credential.credentialId.length > CREDENTIAL_ID_LENGTH_MAX ||
      credential.publicKey.length > PUBLIC_KEY_LENGTH_MAX ||
      !(await challenges.use(expected.challenge()))
    ) {
      throw notValid();
    }
    const transports = (response.response.transports ?? []).filter((each) => TRANSPORT.test(each));
    const passkey: Passkey = {
      ...{ id: secrets.newId(), userId: user.id, ...credential, name },
      ...{ transports: transports.slice(0, TRANSPORTS_MAX) },
      ...{ createdAtMs: clock.nowMs(), lastUsedAtMs: undefined },
    };
    const result = await store.accounts.insertPasskey(passkey, byOf(user, clock));
    if (result === 'full') throw tooMany();
    if (result === 'known') {
      throw new ChatError('CONFLICT', { field: 'response', message: 'This passkey is known' });
    }
    await this.#complete(identity);
    this.#dependencies.notices.noteChange('factor_added', user, identity.sessionKey);
    return passkey;
  }

  /** @throws {ChatError} NOT_FOUND, VALIDATION_ERROR. */
  async rename(identity: Identity, id: string, written: string): Promise<void> {
    requireFullSession(identity);
    const { store, userLimits } = this.#dependencies;
    const { user } = identity;
    await userLimits.changes.take(user.id);
    const isStored = await store.accounts.renamePasskey(user.id, id, toLine(written, NAME));
    if (!isStored) throw new ChatError('NOT_FOUND');
  }

  /** @throws {ChatError} NOT_FOUND; FORBIDDEN if the server requires a factor, and this is the only one. */
  async remove(identity: Identity, id: string): Promise<void> {
    requireFullSession(identity);
    const { store, userLimits, clock, requiredSignIn } = this.#dependencies;
    const { user } = identity;
    await userLimits.changes.take(user.id);
    await requiredSignIn.requireOtherFactor(user, id);
    const isDeleted = await store.accounts.deletePasskey(user.id, id, byOf(user, clock));
    if (!isDeleted) throw new ChatError('NOT_FOUND');
    this.#dependencies.notices.noteChange('factor_removed', user, identity.sessionKey);
  }

  /** Options for `navigator.credentials.get`. @throws {ChatError} FORBIDDEN. */
  beginSignIn(): object {
    const { site } = this.#require();
    return this.#askFor(SIGN_IN, site, []);
  }

  /**
   * Starts a session for the user of a passkey, who needs no code.
   *
   * @param client `limited`: its address for limits, undefined if all clients share one.
   * @throws {ChatError} UNAUTHENTICATED if the answer is not valid, or was used; FORBIDDEN for a disabled
   *   account, or if there are no passkeys here; RATE_LIMITED, UNAVAILABLE.
   */
  async signIn(
    answer: PasskeyAnswer,
    client: SessionClient & { readonly limited: string | undefined },
  ): Promise<{ readonly user: User; readonly started: StartedSession }> {
    this.#require();
    const { attempts, sessions, logger, clock } = this.#dependencies;
    const { address, userAgent } = client;
    await attempts.countPasskey(attempts.networkOf(client.limited));
    const verified = await this.#verify(answer, SIGN_IN);
    if ('refused' in verified) {
      const { refused: user } = verified;
      if (user !== undefined) attempts.noteRefusal(user.id, address);
      logger.record({
        ...{ event: 'login.refused', address, username: user?.username, reason: 'wrong-passkey' },
      });
      throw wrongPasskey();
    }
    const { credentials } = verified;
    const { user } = credentials;
    if (isDisabled(user, clock.nowMs())) {
      attempts.noteRefusal(user.id, address);
      const { username } = user;
      logger.record({ event: 'login.refused', address, username, reason: 'account-disabled' });
      throw accountDisabled(user);
    }
    return { user, started: await sessions.start(credentials, { address, userAgent }) };
  }

  /** Options for `navigator.credentials.get`. @throws {ChatError} NOT_FOUND if the user has no passkey. */
  async beginProof(identity: Identity): Promise<object> {
    const { site } = await this.#requireOwn(identity);
    const known = await this.#dependencies.store.accounts.listPasskeys(identity.user.id);
    if (known.length === 0) throw new ChatError('NOT_FOUND');
    return this.#askFor(provingBy(identity), site, known);
  }

  /**
   * Takes a proof of identity for the session, as `RecentProof.give` does; returns when it expires. A
   * session that lacked a second factor has it then.
   *
   * @throws {ChatError} FORBIDDEN with the field `response` if the answer is not valid, or was used.
   */
  async prove(identity: Identity, answer: PasskeyAnswer): Promise<number> {
    await this.#requireOwn(identity);
    const { attempts, store, clock } = this.#dependencies;
    const { user, sessionKey: key } = identity;
    const forget = await attempts.countCode(user.id);
    const verified = await this.#verify(answer, provingBy(identity));
    if ('refused' in verified || verified.credentials.user.id !== user.id) throw notValid();
    const { passwordHash, proof } = verified.credentials;
    const atMs = clock.nowMs();
    const session = { key, userId: user.id, atMs };
    if (!(await store.sessions.proveSession(session, passwordHash, proof))) throw notValid();
    await forget();
    await this.#complete(identity);
    return atMs + RECENT_MS;
  }

  /** The session has begun with a password alone; its user has shown a passkey since. */
  async #complete({ lacks, sessionKey, user }: Identity): Promise<void> {
    if (lacks !== 'two-step') return;
    await this.#dependencies.store.sessions.noteUsedPasskey(sessionKey, user.id);
  }

  #askFor(purpose: string, rpId: string, known: readonly Passkey[]): object {
    return {
      ...{ challenge: this.#dependencies.challenges.create(purpose), rpId },
      ...{ timeout: CHALLENGE_VALID_MS, userVerification: 'required' },
      allowCredentials: known.map(toDescriptor),
    };
  }

  /** The user of a refused passkey, if it is known. */
  async #verify(
    answer: PasskeyAnswer,
    purpose: string,
  ): Promise<Verified | { readonly refused: User | undefined }> {
    const { store, challenges, clock } = this.#dependencies;
    if (answer.id.length > CREDENTIAL_ID_LENGTH_MAX) return { refused: undefined };
    const found = await store.accounts.findPasskeyCredentials(answer.id);
    if (found === undefined) return { refused: undefined };
    const { passkey, credentials } = found;
    const refused = { refused: credentials.user };
    const { userHandle } = answer.response;
    if (userHandle !== undefined && userHandle !== handleOf(credentials.user)) return refused;
    const expected = this.#expect(purpose);
    const counter = await this.#require().verify(answer, passkey, expected.isExpected);
    if (counter === undefined || !(await challenges.use(expected.challenge()))) return refused;
    const { credentialId } = passkey;
    const proof = { kind: 'passkey', credentialId, counter, atMs: clock.nowMs() } as const;
    return { credentials: { ...credentials, proof } };
  }

  /** The challenge is in what was signed. */
  #expect(purpose: string): {
    readonly isExpected: (challenge: string) => boolean;
    readonly challenge: () => string;
  } {
    let signed = '';
    return {
      isExpected: (challenge) => {
        signed = challenge;
        return this.#dependencies.challenges.isExpected(purpose, challenge);
      },
      challenge: () => signed,
    };
  }

  async #requireOwn(identity: Identity): Promise<PasskeyVerifier> {
    requireFullSession(identity);
    await this.#dependencies.userLimits.changes.take(identity.user.id);
    if (identity.user.externalId !== undefined) throw notHere();
    return this.#require();
  }

  #require(): PasskeyVerifier {
    const { verifier } = this.#dependencies;
    if (verifier === undefined) throw notHere();
    return verifier;
  }
}

/** Another session cannot finish what this one has begun. */
function addingBy({ sessionKey }: Identity): string {
  return `add ${sessionKey}`;
}

function provingBy({ sessionKey }: Identity): string {
  return `prove ${sessionKey}`;
}

/** Binary for browsers: the id of the user, in base64url. */
function handleOf({ id }: Pick<User, 'id'>): string {
  return Buffer.from(id).toString('base64url');
}

function toDescriptor({ credentialId: id, transports }: Passkey): object {
  return { type: 'public-key', id, ...(transports.length > 0 && { transports }) };
}

function tooMany(): ChatError {
  return new ChatError('CONFLICT', { message: `An account has at most ${PASSKEYS_MAX} passkeys` });
}

/** The session is valid; a client would take 401 for an ended session. */
function notValid(): ChatError {
  const message = 'The answer of the passkey is not valid, or was used';
  return new ChatError('FORBIDDEN', { field: 'response', message });
}

function notHere(): ChatError {
  return new ChatError('FORBIDDEN', { message: 'There are no passkeys on this server' });
}
