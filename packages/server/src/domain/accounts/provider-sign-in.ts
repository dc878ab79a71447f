/**
 * Sign-in with a provider: begun, finished with the response of the provider, and
 * completed by the user if an account is to be created or a code is needed. The state between two
 * steps (`SignInStep`) is kept by the browser, sealed; this file trusts it.
 */
import { ChatError } from '@parley/protocol';
import { SERVER } from '../../model/audit.ts';
import { roleByProvider } from '../../model/granted-role.ts';
import type { Identity } from '../../model/identity.ts';
import type { SignInIdentity } from '../../model/sign-in-identity.ts';
import { type Credentials, isDisabled, NO_PASSWORD, type User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger } from '../../ports/logger.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import {
  type ProviderClaims,
  type ResponseChecks,
  SignInFailure,
  type SignInProvider,
} from '../../ports/sign-in-provider.ts';
import { byOf } from '../core/act.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { AccountChanges } from './account-changes.ts';
import type { AccountNotices } from './account-notices.ts';
import type { Accounts } from './accounts.ts';
import type { AuthAttemptLimiter } from './auth-attempt-limiter.ts';
import { proposeUsername } from './external-users.ts';
import type { FactorProofs } from './factor-proofs.ts';
import { requireFullSession } from './full-session.ts';
import type { Profiles } from './profiles.ts';
import type { SessionClient, Sessions, StartedSession } from './sessions.ts';
import { accountDisabled, codeNeeded } from './wrong-credentials-error.ts';

/** The browser was sent to the provider. */
interface BegunSignIn {
  readonly kind: 'begun';
  readonly provider: string;
  readonly checks: ResponseChecks;
  /** Path of the page that is shown afterwards. */
  readonly next: string;
  /** Of a logged-in user; undefined for a sign-in. */
  readonly session?: {
    readonly key: string;
    /** Whether the identity is linked to the account, or proves who the user is. */
    readonly purpose: 'link' | 'proof';
  };
}

/** The provider has said who the user is; the user has to add something. */
interface PendingSignIn {
  readonly kind: 'pending';
  readonly provider: string;
  readonly needs: 'account' | 'code';
  readonly claims: Omit<ProviderClaims, 'usernames'> & { readonly username: string };
  readonly next: string;
}

export type SignInStep = (BegunSignIn | PendingSignIn) & { readonly atMs: number };

type FinishedSignIn =
  | { readonly kind: 'session'; readonly started: StartedSession; readonly next: string }
  /** The session of the user goes on. */
  | { readonly kind: 'same-session'; readonly next: string }
  | (PendingSignIn & { readonly atMs: number });

/** The input of the user. */
interface Completion {
  /** Of the new account. */
  readonly username?: string;
  readonly displayName?: string;
  readonly invite?: string;
  /** Of the second factor of an account that exists. */
  readonly code?: string;
}

/** The address of a client for limits, undefined if all clients share one, and as it is recorded. */
export interface FromAddress {
  readonly limited: string | undefined;
  readonly recorded: string;
}

/** Time to sign in at the provider, and again to complete it. */
export const STEP_VALID_MS = 10 * 60 * 1000;

interface ProviderSignInDependencies {
  readonly providers: readonly SignInProvider[];
  readonly store: { readonly accounts: AccountStore; readonly sessions: SessionStore };
  readonly accounts: Pick<Accounts, 'registerByProvider'>;
  readonly profiles: Pick<Profiles, 'rename'>;
  readonly sessions: Pick<Sessions, 'start'>;
  readonly proofs: Pick<FactorProofs, 'prove'>;
  readonly attempts: Pick<AuthAttemptLimiter, 'networkOf' | 'countProviderStep' | 'noteRefusal'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly accountChanges: Pick<AccountChanges, 'announce'>;
  readonly notices: Pick<AccountNotices, 'noteChange'>;
  readonly secrets: Pick<Crypto, 'newRandomId'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: Logger;
}

export class ProviderSignIn {
  readonly #dependencies: ProviderSignInDependencies;

  constructor(dependencies: ProviderSignInDependencies) {
    this.#dependencies = dependencies;
  }

  get providers(): readonly Pick<SignInProvider, 'name' | 'label'>[] {
    return this.#dependencies.providers;
  }

  /**
   * @throws {ChatError} NOT_FOUND for an unknown provider, RATE_LIMITED, UNAVAILABLE.
   * @throws {SignInFailure} unreachable.
   */
  async begin(
    name: string,
    next: string,
    from: FromAddress,
  ): Promise<{ readonly url: string; readonly step: SignInStep }> {
    const provider = this.#require(name);
    await this.#count(from);
    const { url, checks } = await this.#log(name, from, () => provider.begin({ isFresh: false }));
    const atMs = this.#dependencies.clock.nowMs();
    return { url, step: { kind: 'begun', provider: name, checks, next, atMs } };
  }

  /**
   * As `begin`, for a logged-in user, whose account gets the identity (`link`), or who proves the
   * identity again (`proof`): the provider must ask for it.
   *
   * @throws {ChatError} Also FORBIDDEN for a token that is only for connections, and for a proof of a
   *   provider that gives none.
   */
  async beginFor(
    identity: Identity,
    name: string,
    purpose: 'link' | 'proof',
    from: FromAddress & { readonly next: string },
  ): Promise<{ readonly url: string; readonly step: SignInStep }> {
    requireFullSession(identity);
    const provider = this.#require(name);
    if (purpose === 'proof' && !provider.canProve) {
      const message = 'This provider does not ask again: log out, and sign in';
      throw new ChatError('FORBIDDEN', { field: 'provider', message });
    }
    await this.#dependencies.userLimits.changes.take(identity.user.id);
    const { url, checks } = await this.#log(name, from, () =>
      provider.begin({ isFresh: purpose === 'proof' }),
    );
    const atMs = this.#dependencies.clock.nowMs();
    const session = { key: identity.sessionKey, purpose };
    return { url, step: { kind: 'begun', provider: name, checks, next: from.next, session, atMs } };
  }

  /** The providers, since when the account has an identity there, and whether it has a password too. */
  async list({ user }: Identity): Promise<{
    readonly linked: readonly (Pick<SignInProvider, 'name' | 'label' | 'canProve'> & {
      readonly sinceMs: number | undefined;
    })[];
    readonly hasPassword: boolean;
  }> {
    const { store, providers } = this.#dependencies;
    const identities = await store.accounts.listIdentities(user.id);
    const found = await store.accounts.findCredentials(user.username);
    return {
      linked: providers.map(({ name, label, issuer, canProve }) => ({
        ...{ name, label, canProve },
        sinceMs: identities.find((each) => each.issuer === issuer)?.createdAtMs,
      })),
      hasPassword: found !== undefined && found.passwordHash !== NO_PASSWORD,
    };
  }

  /**
   * Ends the link of the account to its identity at a provider.
   *
   * @throws {ChatError} NOT_FOUND if there is none, CONFLICT if the user could not sign in afterwards;
   *   FORBIDDEN for a token that is only for connections, RATE_LIMITED, UNAVAILABLE.
   */
  async unlink(identity: Identity, name: string): Promise<void> {
    requireFullSession(identity);
    const { store, providers, notices, userLimits, clock } = this.#dependencies;
    const { user } = identity;
    await userLimits.changes.take(user.id);
    const { issuer } = this.#require(name);
    const usable = providers.map((each) => each.issuer);
    const link = { userId: user.id, issuer };
    const result = await store.accounts.unlinkIdentity(link, usable, byOf(user, clock));
    if (result === 'unknown') throw new ChatError('NOT_FOUND', { field: 'provider' });
    if (result === 'last') {
      const message = 'This account has no password and no other provider to sign in with';
      throw new ChatError('CONFLICT', { message });
    }
    notices.noteChange('provider_disconnected', user, identity.sessionKey);
  }

  /**
   * Starts a session for a known identity. An account is never found by another claim, such as an
   * e-mail address, which a provider may not have checked.
   *
   * @param step Undefined if this browser has not begun a sign-in.
   * @param current The user of the browser, if one is logged in.
   * @throws {ChatError} NOT_FOUND, RATE_LIMITED, UNAVAILABLE.
   * @throws {SignInFailure}
   */
  async finish(
    name: string,
    query: string,
    step: SignInStep | undefined,
    client: SessionClient & Pick<FromAddress, 'limited'>,
    current?: Identity,
  ): Promise<FinishedSignIn> {
    const from = { limited: client.limited, recorded: client.address };
    const provider = this.#require(name);
    await this.#count(from);
    return this.#log(name, from, async () => {
      if (step?.kind !== 'begun' || step.provider !== name || this.#isOld(step)) {
        throw new SignInFailure('expired');
      }
      const { session } = step;
      // Another user may have logged in with the browser meanwhile.
      const user = session?.key === current?.sessionKey ? current : undefined;
      if (session !== undefined && user === undefined) throw new SignInFailure('expired');
      const claims = await provider.finish(query, step.checks);
      if (session !== undefined && user !== undefined) {
        if (session.purpose === 'link') await this.#link(user, claims);
        else await this.#prove(user, claims);
        return { kind: 'same-session', next: step.next };
      }
      const known = await this.#find(claims);
      if (known !== undefined) this.#requireEnabled(known.user, from);
      const { next } = step;
      if (known === undefined)
        return this.#pend(claims, { provider: name, needs: 'account', next });
      const proof = await this.#dependencies.proofs.prove(known.user.id, undefined);
      if (proof === 'no-code') return this.#pend(claims, { provider: name, needs: 'code', next });
      return { kind: 'session', started: await this.#start(known, claims, client), next };
    });
  }

  /** The questions of the page. @throws {ChatError} NOT_FOUND if nothing is pending. */
  describe(step: SignInStep | undefined): PendingSignIn & Pick<SignInProvider, 'label'> {
    const pending = this.#requirePending(step);
    return { ...pending, label: this.#require(pending.provider).label };
  }

  /**
   * Creates the account that the user has agreed to, or verifies the code of an account; then starts a
   * session.
   *
   * @throws {ChatError} NOT_FOUND if nothing is pending; VALIDATION_ERROR, CONFLICT for a taken username
   *   or an identity that has an account by now; FORBIDDEN if registration is not open to the user, or
   *   for a disabled account; UNAUTHENTICATED for a missing or wrong code; RATE_LIMITED, UNAVAILABLE.
   */
  async complete(
    step: SignInStep | undefined,
    completion: Completion,
    client: SessionClient & Pick<FromAddress, 'limited'>,
  ): Promise<{ readonly user: User; readonly started: StartedSession; readonly isNew: boolean }> {
    const pending = this.#requirePending(step);
    const { claims } = pending;
    if (pending.needs === 'account') {
      const user = await this.#create(claims, completion, client);
      const known = await this.#find(claims);
      if (known === undefined) throw new ChatError('UNAVAILABLE');
      return { user, started: await this.#start(known, claims, client), isNew: true };
    }
    const known = await this.#find(claims);
    if (known === undefined) throw nothingPending();
    const { user } = known;
    const { clock, proofs, attempts } = this.#dependencies;
    if (isDisabled(user, clock.nowMs())) throw accountDisabled(user);
    const proof = await proofs.prove(user.id, completion.code);
    if (proof === 'wrong-code') attempts.noteRefusal(user.id, client.address);
    if (proof === 'no-code' || proof === 'wrong-code') throw codeNeeded(proof);
    const started = await this.#start({ ...known, proof }, claims, client);
    return { user, started, isNew: false };
  }

  /** @throws {SignInFailure} taken. */
  async #link({ user, sessionKey }: Identity, { issuer, subject }: ProviderClaims): Promise<void> {
    const { store, notices, clock } = this.#dependencies;
    const link = { issuer, subject, userId: user.id, createdAtMs: clock.nowMs() };
    const known = await this.#find(link);
    if (known?.user.id === user.id) return;
    const isLinked = await store.accounts.linkIdentity(link, byOf(user, clock));
    if (!isLinked) throw new SignInFailure('taken');
    notices.noteChange('provider_connected', user, sessionKey);
  }

  /** @throws {SignInFailure} other. */
  async #prove({ user, sessionKey: key }: Identity, claims: ProviderClaims): Promise<void> {
    const { store, clock } = this.#dependencies;
    const known = await this.#find(claims);
    if (known?.user.id !== user.id) throw new SignInFailure('other');
    const proof = { key, userId: user.id, atMs: clock.nowMs() };
    // With a second factor, the password and a code are needed.
    const isProved = await store.sessions.proveSession(proof, known.passwordHash);
    if (!isProved) throw new SignInFailure('other');
  }

  async #create(
    { issuer, subject, displayName: named, verifiedEmail }: PendingSignIn['claims'],
    { username = '', displayName = named, invite }: Completion,
    client: SessionClient & Pick<FromAddress, 'limited'>,
  ): Promise<User> {
    const { accounts, profiles } = this.#dependencies;
    const from = { limited: client.limited, recorded: client.address };
    const user = await accounts.registerByProvider({
      ...{ username, invite, identity: { issuer, subject }, verifiedEmail, from },
    });
    if (displayName === undefined) return user;
    try {
      return await profiles.rename(user, displayName);
    } catch (error) {
      // The account exists; it is shown with its username.
      if (error instanceof ChatError) return user;
      throw error;
    }
  }

  async #start(
    known: Credentials,
    { role: granted }: Pick<ProviderClaims, 'role'>,
    { address, userAgent }: SessionClient,
  ): Promise<StartedSession> {
    const { store, accountChanges, sessions, clock } = this.#dependencies;
    const { user } = known;
    const role = granted && roleByProvider(user.role, granted);
    if (role !== undefined && role !== user.role) {
      const by = { actor: SERVER, address, atMs: clock.nowMs() } as const;
      const outcome = await store.sessions.setRole(user.id, role, by);
      if (outcome === 'changed') accountChanges.announce(user.id, []);
    }
    return sessions.start(known, { address, userAgent }, { by: 'provider' });
  }

  async #pend(
    { usernames, ...claims }: ProviderClaims,
    pending: Pick<PendingSignIn, 'provider' | 'needs' | 'next'>,
  ): Promise<PendingSignIn & { readonly atMs: number }> {
    const { store, secrets, clock } = this.#dependencies;
    const username = await proposeUsername({ accounts: store.accounts, secrets }, usernames);
    return { kind: 'pending', ...pending, claims: { ...claims, username }, atMs: clock.nowMs() };
  }

  #find({ issuer, subject }: SignInIdentity): Promise<Credentials | undefined> {
    return this.#dependencies.store.accounts.findIdentityCredentials({ issuer, subject });
  }

  /** @throws {SignInFailure} disabled. */
  #requireEnabled(user: User, { recorded }: FromAddress): void {
    const { clock, attempts } = this.#dependencies;
    if (!isDisabled(user, clock.nowMs())) return;
    attempts.noteRefusal(user.id, recorded);
    throw new SignInFailure('disabled');
  }

  #requirePending(step: SignInStep | undefined): PendingSignIn {
    if (step?.kind !== 'pending' || this.#isOld(step)) throw nothingPending();
    return step;
  }

  #isOld({ atMs }: SignInStep): boolean {
    const ageMs = this.#dependencies.clock.nowMs() - atMs;
    return ageMs < 0 || ageMs > STEP_VALID_MS;
  }

  #require(name: string): SignInProvider {
    const provider = this.#dependencies.providers.find((each) => each.name === name);
    if (provider === undefined) throw new ChatError('NOT_FOUND', { field: 'provider' });
    return provider;
  }

  #count({ limited }: FromAddress): Promise<void> {
    const { attempts } = this.#dependencies;
    return attempts.countProviderStep(attempts.networkOf(limited));
  }

  async #log<T>(provider: string, { recorded }: FromAddress, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof SignInFailure) {
        const { reason, message: detail } = error;
        const event = reason === 'unreachable' ? 'provider.unreachable' : 'sign-in.failed';
        const failure = { provider, reason, detail, address: recorded };
        this.#dependencies.logger.record({ event, ...failure });
      }
      throw error;
    }
  }
}

function nothingPending(): ChatError {
  return new ChatError('NOT_FOUND', { message: 'This sign-in has expired: begin again' });
}
