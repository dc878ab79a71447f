/**
 * Limits login attempts and registrations: by network, by account and network, and by account.
 * Attempts are kept in the store, so a restart does not reset a limit; a rejected attempt writes
 * nothing.
 */

import type { UserId } from '@parley/protocol';
import type { AttemptLimit } from '../../model/attempt-limits.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { AuditStore } from '../../ports/audit-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { rejectWait } from '../primitives/rate-limiter.ts';
import type { DomainSettings } from '../settings.ts';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
/** Attempts from one network over all accounts: a whole office may share a network. */
const OF_NETWORK = { attemptsMax: 100, windowMs: 15 * MINUTE_MS };
/** Registrations from one network, which could fill the store otherwise. */
const REGISTRATIONS = { attemptsMax: 30, windowMs: 15 * MINUTE_MS };
/** Beginnings and ends of sign-ins with a provider: each is a request to the provider. */
const PROVIDER_STEPS = { attemptsMax: 200, windowMs: 15 * MINUTE_MS };
/** Signatures of passkeys, which cannot be guessed: each is verified at the cost of a few reads. */
const PASSKEYS = { attemptsMax: 200, windowMs: 15 * MINUTE_MS };
/**
 * Wrong passwords for one account from one network: enough for typing errors, too few for guessing.
 */
const OF_ACCOUNT_AND_PLACE = {
  attemptsMax: 5,
  delayMsMax: 15 * MINUTE_MS,
  windowMs: 60 * MINUTE_MS,
};
/**
 * Attempts at one account from all networks without a session of it: attackers may use many
 * networks.
 */
const OF_ACCOUNT = { attemptsMax: 50, delayMsMax: MINUTE_MS, windowMs: 60 * MINUTE_MS };
/**
 * Codes for one account from all networks, of those who know its password: a guess is right once in
 * 300,000 attempts.
 */
const CODES_OF_ACCOUNT = { attemptsMax: 10, delayMsMax: 15 * MINUTE_MS, windowMs: 24 * HOUR_MS };
/** Maximum number of sessions whose networks count as known. */
const KNOWN_SESSIONS_MAX = 100;

/** An attempt to log in. */
interface LoginAttempt {
  readonly username: string;
  /** Undefined if no account has the name. */
  readonly userId: UserId | undefined;
  /** Undefined if all clients share one address. */
  readonly network: string | undefined;
}

export class AuthAttemptLimiter {
  readonly #accounts: AccountStore;
  readonly #sessions: Pick<SessionStore, 'listSessions'>;
  readonly #secrets: Crypto;
  readonly #clock: Clock;
  readonly #networkOf: (address: string) => string;
  readonly #settings: Pick<DomainSettings, 'registrationsPerHour'>;
  readonly #audit: Pick<AuditStore, 'noteAct'>;
  readonly #background: Pick<BackgroundTasks, 'run'>;

  constructor(dependencies: {
    readonly settings: Pick<DomainSettings, 'registrationsPerHour'>;
    readonly accounts: AccountStore;
    readonly audit: Pick<AuditStore, 'noteAct'>;
    readonly background: Pick<BackgroundTasks, 'run'>;
    readonly sessions: Pick<SessionStore, 'listSessions'>;
    readonly secrets: Crypto;
    readonly clock: Clock;
    /** Maps an address to the network that limits count: an IPv6 address to its /64. */
    readonly networkOf: (address: string) => string;
  }) {
    this.#accounts = dependencies.accounts;
    this.#audit = dependencies.audit;
    this.#background = dependencies.background;
    this.#sessions = dependencies.sessions;
    this.#secrets = dependencies.secrets;
    this.#clock = dependencies.clock;
    this.#networkOf = dependencies.networkOf;
    this.#settings = dependencies.settings;
  }

  networkOf(address: string | undefined): string | undefined {
    return address === undefined ? undefined : this.#networkOf(address);
  }

  /**
   * Checks the network's limit alone, before anything is read of an account.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  async requireNetwork(network: string | undefined): Promise<void> {
    const nowMs = this.#clock.nowMs();
    rejectWait(await this.#accounts.findAttemptWait(ofNetwork(network), nowMs));
  }

  /** Counts one registration. @throws {ChatError} RATE_LIMITED. */
  async countRegistration(network: string | undefined): Promise<void> {
    if (network === undefined) return;
    const { registrationsPerHour: attemptsMax } = this.#settings;
    const ofAll = attemptsMax === 0 ? [] : [{ key: 'register', attemptsMax, windowMs: HOUR_MS }];
    await this.#count([{ key: `register ${network}`, ...REGISTRATIONS }, ...ofAll]);
  }

  /**
   * Counts one login. Call the returned function if it succeeds.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  async countLogin(attempt: LoginAttempt): Promise<() => Promise<void>> {
    const { username, network } = attempt;
    const account = `login ${this.#secrets.digest(username.toLowerCase())}`;
    const limit = { key: `${account} ${network ?? ''}`, ...OF_ACCOUNT_AND_PLACE };
    const isKnown = network === undefined || (await this.#hasSessionFrom(attempt, network));
    const ofAccount = isKnown ? [] : [{ key: account, ...OF_ACCOUNT }];
    await this.#count([...ofNetwork(network), limit, ...ofAccount]);
    return () => this.#accounts.forgetAttempts(limit.key);
  }

  /**
   * Records a refused login of an account that exists, or with `proof` a wrong password or code in a session
   * of it. In the background: the answer takes the same time if there is no account.
   */
  noteRefusal(userId: UserId, address = '', detail?: 'proof'): void {
    const refusal = { actor: userId, address, atMs: this.#clock.nowMs(), target: userId, detail };
    this.#background.run(this.#audit.noteAct({ ...refusal, action: 'login.refuse' }));
  }

  /**
   * Counts one code of an authenticator app. Call the returned function if the code is right.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  async countCode(userId: UserId): Promise<() => Promise<void>> {
    const limit = { key: `code ${userId}`, ...CODES_OF_ACCOUNT };
    await this.#count([limit]);
    return () => this.#accounts.forgetAttempts(limit.key);
  }

  /** Counts one password that a logged-in client states as the current one. @throws {ChatError} RATE_LIMITED. */
  async countPasswordChange(userId: UserId): Promise<void> {
    await this.#count([{ key: `password ${userId}`, ...OF_ACCOUNT_AND_PLACE }]);
  }

  /**
   * Counts one token of a link that sets a password. Tokens are too long to guess: the limit keeps
   * guesses from loading the store.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  async countReset(network: string | undefined): Promise<void> {
    await this.#count([{ key: `reset ${network ?? ''}`, ...OF_NETWORK }]);
  }

  /** Counts one step of a sign-in with a provider. @throws {ChatError} RATE_LIMITED. */
  async countProviderStep(network: string | undefined): Promise<void> {
    if (network === undefined) return;
    await this.#count([{ key: `provider ${network}`, ...PROVIDER_STEPS }]);
  }

  /** Counts one sign-in with a passkey. @throws {ChatError} RATE_LIMITED. */
  async countPasskey(network: string | undefined): Promise<void> {
    if (network === undefined) return;
    await this.#count([{ key: `passkey ${network}`, ...PASSKEYS }]);
  }

  /** Returns false if the key was taken within the window. */
  async takeOnce(key: string, windowMs: number): Promise<boolean> {
    const limits = [{ key, attemptsMax: 1, windowMs }];
    return (await this.#accounts.countAttempt(limits, this.#clock.nowMs())) === 0;
  }

  /**
   * Counts one token of an invite that a logged-in client states. Call the returned function if the
   * token is right.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  async countInvite(userId: UserId, address: string | undefined): Promise<() => Promise<void>> {
    const network = this.networkOf(address);
    const ofAll = network === undefined ? [] : [{ key: `invite ${network}`, ...OF_NETWORK }];
    const limit = { key: `invite ${userId}`, ...OF_ACCOUNT_AND_PLACE };
    await this.#count([...ofAll, limit]);
    return () => this.#accounts.forgetAttempts(limit.key);
  }

  async #count(limits: readonly AttemptLimit[]): Promise<void> {
    rejectWait(await this.#accounts.countAttempt(limits, this.#clock.nowMs()));
  }

  async #hasSessionFrom({ userId }: LoginAttempt, network: string): Promise<boolean> {
    if (userId === undefined) return false;
    const nowMs = this.#clock.nowMs();
    const page = { nowMs, limit: KNOWN_SESSIONS_MAX };
    const sessions = await this.#sessions.listSessions(userId, page);
    return sessions.some(({ address }) => this.#networkOf(address) === network);
  }
}

function ofNetwork(network: string | undefined): AttemptLimit[] {
  return network === undefined ? [] : [{ key: `login ${network}`, ...OF_NETWORK }];
}
