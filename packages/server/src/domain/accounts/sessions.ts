/**
 * Sessions: one login for all dialects. They start, are authenticated and end here, on all nodes;
 * `LiveSessions` has those that are in use on this node.
 */

import { ChatError, type SessionEndReason } from '@parley/protocol';
import type { Revocation } from '../../model/bus-message.ts';
import type { Identity } from '../../model/identity.ts';
import type { PasswordChange, PasswordChanged, Session } from '../../model/session.ts';
import type { Credentials, User } from '../../model/user.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger } from '../../ports/logger.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import { type LiveSessions, saveIntervalMsOf } from './live-sessions.ts';
import type { SessionActivitySaver } from './session-activity-saver.ts';
import { wrongCredentials } from './wrong-credentials-error.ts';

export interface StartedSession {
  /** The session's id: a secret of the client that logged in. */
  readonly token: string;
  readonly expiresAtMs: number;
}

/** Maximum length of Parley's own tokens. */
const TOKEN_LENGTH_MAX = 128;

export class Sessions {
  readonly #store: SessionStore;
  readonly #secrets: Crypto;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #activity: Pick<SessionActivitySaver, 'save'>;
  readonly #ttlMs: number;
  readonly #bus: Pick<Bus, 'publish'>;
  readonly #live: LiveSessions;

  constructor(dependencies: {
    readonly store: SessionStore;
    readonly secrets: Crypto;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly activity: Pick<SessionActivitySaver, 'save'>;
    readonly ttlMs: number;
    readonly bus: Pick<Bus, 'publish'>;
    readonly live: LiveSessions;
  }) {
    this.#store = dependencies.store;
    this.#secrets = dependencies.secrets;
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
    this.#activity = dependencies.activity;
    this.#ttlMs = dependencies.ttlMs;
    this.#bus = dependencies.bus;
    this.#live = dependencies.live;
  }

  /**
   * Starts a session for a user whose password was just verified.
   *
   * @throws {ChatError} UNAUTHENTICATED if the password has changed since, UNAVAILABLE.
   */
  async start(
    { user, passwordHash }: Credentials,
    client: { readonly address: string; readonly userAgent: string },
  ): Promise<StartedSession> {
    const token = this.#secrets.newToken();
    const nowMs = this.#clock.nowMs();
    const expiresAtMs = nowMs + this.#ttlMs;
    const session: Session = {
      key: this.#secrets.digest(token),
      userId: user.id,
      createdAtMs: nowMs,
      lastActivityAtMs: nowMs,
      expiresAtMs,
      ...client,
    };
    if (!(await this.#store.insertSession(session, passwordHash))) {
      throw wrongCredentials('wrong-password'); // It was changed meanwhile.
    }
    this.#logger.record({
      event: 'session.started',
      userId: user.id,
      username: user.username,
      address: client.address,
    });
    return { token, expiresAtMs };
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
    if (Math.max(liveUntilMs, session.expiresAtMs) <= nowMs) {
      await this.end(key, 'expired');
      return undefined;
    }
    const expiresAtMs = nowMs + this.#ttlMs;
    // Its connections may be idle, but the session is not.
    this.#live.renew(key, expiresAtMs);
    if (nowMs - session.lastActivityAtMs >= saveIntervalMsOf(this.#ttlMs)) {
      // No client is rejected or waits while the store can be read but not written.
      this.#activity.save({ key, lastActivityAtMs: nowMs, expiresAtMs });
    }
    return { user: found.user, sessionKey: key, expiresAtMs };
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
  async endAllOf(user: User, reason: 'logout'): Promise<void> {
    for (const key of await this.#store.deleteSessionsOf(user.id)) this.#live.end(key, reason);
    // Connections with tokens of another issuer, which the store does not know.
    this.#live.endAllOf(user.id, reason);
    this.#revoke({ kind: 'user', userId: user.id, exceptKey: undefined, reason });
  }

  /**
   * Sets a new password, which ends all sessions of the user except this one. Returns false if the
   * password has changed since it was checked.
   *
   * @throws {ChatError} UNAUTHENTICATED if this session has ended.
   * @throws {StoreUnavailable} if the outcome is unknown.
   */
  async changePassword(
    { user, sessionKey }: Identity,
    hashes: Pick<PasswordChange, 'fromHash' | 'toHash'>,
  ): Promise<boolean> {
    let changed: PasswordChanged;
    try {
      changed = await this.#store.changePassword({ userId: user.id, sessionKey, ...hashes });
    } catch (error) {
      // The sessions may have ended: clients whose session has not ended reconnect with it.
      this.#live.cutOthers(user.id, sessionKey);
      this.#revoke({ kind: 'user', userId: user.id, exceptKey: sessionKey });
      throw error;
    }
    if (changed.kind === 'session-over') throw new ChatError('UNAUTHENTICATED');
    if (changed.kind === 'other-password') return false;
    for (const key of changed.endedKeys) this.#live.end(key, 'password_changed');
    // Also sessions that an earlier attempt ended, whose reply was lost.
    this.#live.cutOthers(user.id, sessionKey);
    this.#revoke({ kind: 'user', userId: user.id, exceptKey: sessionKey });
    return true;
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
    this.#bus.publish('nodes', 'all', { kind: 'revocation', revocation });
  }
}
