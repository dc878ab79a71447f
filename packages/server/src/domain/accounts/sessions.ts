/**
 * Sessions: one login for all dialects. They start, are authenticated and end here, on all nodes;
 * `LiveSessions` has those that are in use on this node.
 */

import { ChatError, type SessionEndReason } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { Revocation } from '../../model/bus-message.ts';
import type { Identity } from '../../model/identity.ts';
import type { PasswordChange, PasswordChanged, Session } from '../../model/session.ts';
import type { Credentials, User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger } from '../../ports/logger.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import type { AccountNotices } from './account-notices.ts';
import { type LiveSessions, saveIntervalMsOf } from './live-sessions.ts';
import type { RequiredSignIn } from './required-sign-in.ts';
import type { SessionActivitySaver } from './session-activity-saver.ts';
import { codeNeeded, wrongCredentials, wrongPasskey } from './wrong-credentials-error.ts';

export interface StartedSession {
  /** The session's id: a secret of the client that logged in. */
  readonly token: string;
  readonly expiresAtMs: number;
}

/** The client that a session belongs to, for the user to recognise. */
export type SessionClient = Pick<Session, 'address' | 'userAgent'>;

/** Time for the reply of a password change to reach its client, before the client's sockets close. */
const REPLY_MS = 500;
/** Maximum length of Parley's own tokens. */
const TOKEN_LENGTH_MAX = 128;

export class Sessions {
  readonly #store: SessionStore;
  readonly #secrets: Crypto;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #activity: Pick<SessionActivitySaver, 'save'>;
  readonly #ttlMs: number;
  readonly #ageMaxMs: number;
  readonly #nodes: Pick<OtherNodes, 'send'>;
  readonly #live: LiveSessions;
  readonly #requiredSignIn: Pick<RequiredSignIn, 'acceptOwn'>;
  readonly #notices: Pick<AccountNotices, 'noteSession'>;

  constructor(dependencies: {
    readonly store: SessionStore;
    readonly secrets: Crypto;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly activity: Pick<SessionActivitySaver, 'save'>;
    readonly ttlMs: number;
    /** Maximum age, however much the session is used. */
    readonly ageMaxMs: number;
    readonly nodes: Pick<OtherNodes, 'send'>;
    readonly live: LiveSessions;
    readonly requiredSignIn: Pick<RequiredSignIn, 'acceptOwn'>;
    readonly notices: Pick<AccountNotices, 'noteSession'>;
  }) {
    this.#store = dependencies.store;
    this.#secrets = dependencies.secrets;
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
    this.#activity = dependencies.activity;
    this.#ttlMs = dependencies.ttlMs;
    this.#ageMaxMs = dependencies.ageMaxMs;
    this.#nodes = dependencies.nodes;
    this.#live = dependencies.live;
    this.#requiredSignIn = dependencies.requiredSignIn;
    this.#notices = dependencies.notices;
  }

  /**
   * Starts a session for a user whose password and second factor were just verified, or who has signed
   * in with a passkey or a provider. The other devices of the user are told.
   *
   * @param how `kind`: what they are told.
   * @throws {ChatError} UNAUTHENTICATED if one of them has changed since, or another login has used the
   *   code; FORBIDDEN if the server requires a provider, UNAVAILABLE.
   */
  async start(
    { user, passwordHash, proof }: Credentials,
    client: SessionClient,
    {
      by = 'password',
      kind = 'signed_in',
    }: {
      readonly by?: 'password' | 'provider';
      readonly kind?: 'signed_in' | 'password_changed';
    } = {},
  ): Promise<StartedSession> {
    const isPasskey = proof?.kind === 'passkey';
    const own = () => this.#requiredSignIn.acceptOwn(user, { isPasskey });
    const signedInBy = by === 'provider' ? by : own();
    const { session, started } = this.#create(user, { ...client, signedInBy });
    if (!(await this.#store.insertSession(session, passwordHash, proof))) {
      if (isPasskey) throw wrongPasskey();
      throw proof === undefined ? wrongCredentials('wrong-password') : codeNeeded('wrong-code');
    }
    this.#logger.record({
      event: 'session.started',
      userId: user.id,
      username: user.username,
      address: client.address,
    });
    this.#notices.noteSession(session, kind);
    return started;
  }

  #create(
    { id: userId }: User,
    client: SessionClient & Pick<Session, 'signedInBy'>,
  ): { readonly session: Session; readonly started: StartedSession } {
    const token = this.#secrets.newToken();
    const key = this.#secrets.digest(token);
    const nowMs = this.#clock.nowMs();
    const expiresAtMs = nowMs + Math.min(this.#ttlMs, this.#ageMaxMs);
    const times = { createdAtMs: nowMs, lastActivityAtMs: nowMs, expiresAtMs };
    return { session: { key, userId, ...times, ...client }, started: { token, expiresAtMs } };
  }

  /** Authenticates a token, which counts as activity; undefined if it is unknown or expired. */
  async authenticate(token: string): Promise<Identity | undefined> {
    if (token.length > TOKEN_LENGTH_MAX) return undefined;
    return this.authenticateKey(this.#secrets.digest(token));
  }

  /** As `authenticate`, by the key under which the store has the session. */
  async authenticateKey(key: string): Promise<Identity | undefined> {
    const found = await this.#store.findSession(key);
    if (found === undefined || this.#live.hasEnded(key)) return undefined;
    const nowMs = this.#clock.nowMs();
    const { session } = found;
    // The session may be in use on another node, which has saved its activity.
    const liveUntilMs = this.#live.expiresAtMsOf(key) ?? session.expiresAtMs;
    const sessionEndsAtMs = session.createdAtMs + this.#ageMaxMs;
    if (Math.min(sessionEndsAtMs, Math.max(liveUntilMs, session.expiresAtMs)) <= nowMs) {
      await this.end(key, 'expired');
      return undefined;
    }
    const expiresAtMs = Math.min(nowMs + this.#ttlMs, sessionEndsAtMs);
    // Its connections may be idle, but the session is not.
    this.#live.renew(key, expiresAtMs);
    if (nowMs - session.lastActivityAtMs >= saveIntervalMsOf(this.#ttlMs)) {
      // No client is rejected or waits while the store can be read but not written.
      this.#activity.save({ key, lastActivityAtMs: nowMs, expiresAtMs });
    }
    const { createdAtMs: startedAtMs, signedInBy } = session;
    const times = { expiresAtMs, sessionEndsAtMs, startedAtMs };
    return { user: found.user, sessionKey: key, ...times, ...(signedInBy && { signedInBy }) };
  }

  /** Ends a session and all its connections. Returns whether it existed. */
  async end(key: string, reason: SessionEndReason): Promise<boolean> {
    // Before the store, which may be slow or down.
    this.#live.end(key, reason);
    this.#revoke({ kind: 'session', sessionKey: key, reason });
    const wasThere = await this.#store.deleteSession(key);
    // Again: the session can no longer be found, but a connection that found it before may have
    // attached meanwhile.
    this.#live.end(key, reason);
    return wasThere;
  }

  /** Ends all sessions of a user. */
  async endAllOf(user: User, reason: 'logout' | 'ended', by: By): Promise<void> {
    const ended = await this.#store.deleteSessionsOf(user.id, by);
    if (ended === 'forbidden') throw new ChatError('FORBIDDEN');
    for (const key of ended) this.#live.end(key, reason);
    // Connections with tokens of another issuer, which the store does not know.
    this.#live.endAllOf(user.id, reason);
    this.#revoke({ kind: 'user', userId: user.id, exceptKey: undefined, reason });
  }

  /**
   * Sets a new password, which ends all sessions of the user, and starts a new one for the client that
   * makes the change: a copy of its former token is of no use. Returns undefined if the password has
   * changed since it was checked.
   *
   * @throws {ChatError} UNAUTHENTICATED if this session has ended.
   * @throws {StoreUnavailable} if the outcome is unknown.
   */
  async changePassword(
    { user, sessionKey, signedInBy }: Identity,
    hashes: Pick<PasswordChange, 'fromHash' | 'toHash'>,
    client: SessionClient,
  ): Promise<StartedSession | undefined> {
    const { session: successor, started } = this.#create(user, {
      ...client,
      signedInBy,
    });
    const change = { userId: user.id, sessionKey, successor, ...hashes };
    let changed: PasswordChanged;
    try {
      changed = await this.#store.changePassword(change);
    } catch (error) {
      // The sessions may have ended: clients whose session has not ended reconnect with it.
      this.#live.cutOthers(user.id, sessionKey);
      this.#revoke({ kind: 'user', userId: user.id, exceptKey: sessionKey });
      throw error;
    }
    if (changed.kind === 'session-over') throw new ChatError('UNAUTHENTICATED');
    if (changed.kind === 'other-password') return undefined;
    this.#notices.noteSession(successor, 'password_changed');
    for (const key of changed.endedKeys) {
      if (key !== sessionKey) this.#live.end(key, 'password_changed');
    }
    // Also connections with tokens of another issuer, which the store does not know.
    this.#live.cutOthers(user.id, sessionKey);
    this.#revoke({ kind: 'user', userId: user.id, exceptKey: sessionKey });
    // The store has ended the former session; its sockets close when the client has the new token.
    this.#clock.schedule(REPLY_MS, () => {
      this.#live.end(sessionKey, 'password_changed');
      this.#revoke({ kind: 'session', sessionKey, reason: 'password_changed' });
    });
    return started;
  }

  /** Ends the connections of a user whose password was reset, with which the store has ended these sessions. */
  cutAfterReset(userId: User['id'], endedKeys: readonly string[]): void {
    for (const key of endedKeys) this.#live.end(key, 'password_changed');
    // Also connections with tokens of another issuer, which the store does not know.
    this.#live.cutOthers(userId, undefined);
    this.#revoke({ kind: 'user', userId, exceptKey: undefined });
  }

  /** Ends the connections of the sessions that the store has ended with a new second factor. */
  cutAfterFactor(userId: User['id'], endedKeys: readonly string[], exceptKey: string): void {
    for (const key of endedKeys) this.#live.end(key, 'ended');
    // Also tokens of them, and those on other nodes.
    this.#live.cutOthers(userId, exceptKey, 'ended');
    this.#revoke({ kind: 'user', userId, exceptKey, reason: 'ended' });
  }

  /** Ends sessions that expired while connected. */
  async endExpired(): Promise<void> {
    for await (const key of this.#live.expired()) await this.end(key, 'expired');
  }

  /** Deletes some old records; returns how many: 0 if there are no others. */
  async purge(): Promise<number> {
    const expired = await this.#store.deleteExpiredSessions(this.#clock.nowMs());
    return expired + (await this.#store.deleteOldRevocations());
  }

  #revoke(revocation: Revocation): void {
    this.#nodes.send({ kind: 'revocation', revocation });
  }
}
