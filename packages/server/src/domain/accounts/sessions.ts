/**
 * Sessions: one login for all dialects. Sessions in use are checked in memory; their activity is
 * saved from time to time, their end at once.
 */

import { ChatError, type UserId } from '@parley/protocol';
import type { Revocation } from '../../model/bus-message.ts';
import type { Identity } from '../../model/identity.ts';
import type { PasswordChange, PasswordChanged, Session } from '../../model/session.ts';
import type { Credentials, User } from '../../model/user.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger } from '../../ports/logger.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { SmallSet } from '../primitives/small-set.ts';
import { TtlSet } from '../primitives/ttl-set.ts';
import { wrongCredentials } from './wrong-credentials-error.ts';

export interface StartedSession {
  /** The session's id: a secret of the client that logged in. */
  readonly token: string;
  readonly expiresAtMs: number;
}

/** A session that has connections on this node. */
interface LiveSession {
  readonly key: string;
  readonly user: User;
  readonly connections: SmallSet<ChatConnection>;
  /** Its expiry does not move with activity. */
  readonly isFixed: boolean;
  expiresAtMs: number;
  lastActivityAtMs: number;
  savedAtMs: number;
}

const SAVE_INTERVAL_MS = 5 * 60 * 1000;
/** Number of saves in a session's lifetime: the expiry of short sessions must move too. */
const SAVES_PER_LIFE = 10;
/** Longer than an upgrade may take, including its store accesses. */
const ENDED_KEPT_MS = 5 * 60 * 1000;
/** Maximum length of Parley's own tokens. */
const TOKEN_LENGTH_MAX = 128;

export class Sessions {
  readonly #store: SessionStore;
  readonly #secrets: Crypto;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #background: BackgroundTasks;
  readonly #ttlMs: number;
  readonly #bus: Bus;
  readonly #live = new Map<string, LiveSession>();
  /** A connection that authenticated just before its session ended may still be opening. */
  readonly #ended: TtlSet;

  constructor(dependencies: {
    readonly store: SessionStore;
    readonly secrets: Crypto;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly background: BackgroundTasks;
    readonly ttlMs: number;
    readonly bus: Bus;
  }) {
    this.#store = dependencies.store;
    this.#secrets = dependencies.secrets;
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
    this.#background = dependencies.background;
    this.#ttlMs = dependencies.ttlMs;
    this.#bus = dependencies.bus;
    this.#ended = new TtlSet(dependencies.clock, ENDED_KEPT_MS);
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
    if (!(await this.#store.insertSession(session, passwordHash))) throw wrongCredentials();
    this.#logger.record({
      event: 'session.started',
      userId: user.id,
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
    if (found === undefined || this.#ended.has(key)) return undefined;
    const nowMs = this.#clock.nowMs();
    const known = this.#live.get(key) ?? found.session;
    // The session may be in use on another node, which has saved its activity.
    if (Math.max(known.expiresAtMs, found.session.expiresAtMs) <= nowMs) {
      await this.end(key, 'expired');
      return undefined;
    }
    const expiresAtMs = nowMs + this.#ttlMs;
    if (nowMs - found.session.lastActivityAtMs >= this.#saveIntervalMs) {
      // No client is rejected or waits while the store can be read but not written.
      const touch = { key, lastActivityAtMs: nowMs, expiresAtMs };
      this.#background.run(this.#store.touchSessions([touch]));
    }
    return { user: found.user, sessionKey: key, expiresAtMs };
  }

  /**
   * Attaches a connection to its session. When the session ends, so does the connection: at once if
   * the session ended while the connection was opening.
   */
  attach(
    connection: ChatConnection,
    { expiresAtMs, isFixed }: Pick<Identity, 'expiresAtMs' | 'isFixed'>,
  ): void {
    const { sessionKey: key, user } = connection;
    if (this.#ended.has(key)) {
      // The caller is still opening the connection: it gets the end later, as for any other
      // connection.
      queueMicrotask(() => connection.link.end('session-ended'));
      return;
    }
    const nowMs = this.#clock.nowMs();
    const live = this.#live.get(key) ?? {
      key,
      user,
      connections: new SmallSet(),
      isFixed: isFixed === true,
      expiresAtMs,
      lastActivityAtMs: nowMs,
      savedAtMs: nowMs,
    };
    live.connections.add(connection);
    if (live.isFixed) live.expiresAtMs = expiresAtMs;
    this.#live.set(key, live);
  }

  /** Saves the session's activity after its last connection. */
  async detach(connection: ChatConnection): Promise<void> {
    const live = this.#live.get(connection.sessionKey);
    if (live === undefined) return;
    live.connections.delete(connection);
    if (live.connections.size > 0) return;
    this.#live.delete(live.key);
    if (live.lastActivityAtMs > live.savedAtMs) await this.#save([live]);
  }

  /** Returns whether the session is valid; a valid command counts as activity. */
  touch({ sessionKey }: ChatConnection): boolean {
    const live = this.#live.get(sessionKey);
    if (live === undefined) return false;
    const nowMs = this.#clock.nowMs();
    if (live.expiresAtMs <= nowMs) return false;
    live.lastActivityAtMs = nowMs;
    if (!live.isFixed) live.expiresAtMs = nowMs + this.#ttlMs;
    return true;
  }

  /** Keys of the sessions that have connections here and expire before a time. */
  liveKeys(beforeMs: number): string[] {
    const live = [...this.#live.values()].filter(({ expiresAtMs }) => expiresAtMs < beforeMs);
    return live.map(({ key }) => key);
  }

  /** Sets the expiry that the external application has changed. */
  renew(key: string, expiresAtMs: number): void {
    const live = this.#live.get(key);
    if (live !== undefined) live.expiresAtMs = expiresAtMs;
  }

  /** Ends a session and all its connections. Returns whether it existed. */
  async end(key: string, reason: 'logout' | 'expired'): Promise<boolean> {
    // Before the store, which may be slow or down.
    this.#endHere(key, reason);
    this.#revoke({ kind: 'session', sessionKey: key });
    const wasThere = await this.#store.deleteSession(key);
    // Again: the session can no longer be found, but a connection that found it before may have
    // attached meanwhile.
    this.#endHere(key, reason);
    return wasThere;
  }

  /** Ends all sessions of a user. */
  async endAllOf(user: User, reason: 'logout'): Promise<void> {
    for (const key of await this.#store.deleteSessionsOf(user.id)) this.#endHere(key, reason);
    // Connections with tokens of another issuer, which the store does not know.
    const others = [...this.#live.values()].filter((live) => live.user.id === user.id);
    for (const { key } of others) this.#endHere(key, reason);
    this.#revoke({ kind: 'user', userId: user.id, exceptKey: undefined });
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
      this.#cutOthers(user.id, sessionKey);
      this.#revoke({ kind: 'user', userId: user.id, exceptKey: sessionKey });
      throw error;
    }
    if (changed.kind === 'session-over') throw new ChatError('UNAUTHENTICATED');
    if (changed.kind === 'other-password') return false;
    for (const key of changed.endedKeys) this.#endHere(key, 'password');
    // Also sessions that an earlier attempt ended, whose reply was lost.
    this.#cutOthers(user.id, sessionKey);
    this.#revoke({ kind: 'user', userId: user.id, exceptKey: sessionKey });
    return true;
  }

  /** Ends the connections of sessions that have ended on another node. */
  applyRevocation(revocation: Revocation): void {
    if (revocation.kind === 'session') this.#endHere(revocation.sessionKey, 'revoked');
    // Clients whose session has not ended reconnect with it.
    else this.#cutOthers(revocation.userId, revocation.exceptKey);
  }

  /** Ends sessions that expired while connected, and saves the activity of the others. */
  async sweep(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const expired = [...this.#live.values()].filter((live) => live.expiresAtMs <= nowMs);
    for (const live of expired) {
      if (!(await this.#isUsedElsewhere(live))) await this.end(live.key, 'expired');
    }
    const unsaved = [...this.#live.values()].filter(
      (live) =>
        live.lastActivityAtMs > live.savedAtMs && nowMs - live.savedAtMs >= this.#saveIntervalMs,
    );
    await this.#save(unsaved);
  }

  /** Saves the activity of all sessions, before the process ends. */
  async saveAll(): Promise<void> {
    await this.#save([...this.#live.values()]);
  }

  async purge(): Promise<void> {
    await this.#store.deleteExpiredSessions(this.#clock.nowMs());
    await this.#store.deleteOldRevocations();
  }

  get #saveIntervalMs(): number {
    return Math.min(SAVE_INTERVAL_MS, this.#ttlMs / SAVES_PER_LIFE);
  }

  async #save(live: readonly LiveSession[]): Promise<void> {
    const sessions = live.filter(({ isFixed }) => !isFixed); // Fixed sessions are kept elsewhere.
    if (sessions.length === 0) return;
    const nowMs = this.#clock.nowMs();
    for (const live of sessions) live.savedAtMs = nowMs;
    await this.#store.touchSessions(
      sessions.map(({ key, lastActivityAtMs, expiresAtMs }) => ({
        key,
        lastActivityAtMs,
        expiresAtMs,
      })),
    );
  }

  #cutOthers(userId: UserId, sessionKey: string | undefined): void {
    const others = [...this.#live.values()].filter(
      (live) => live.user.id === userId && live.key !== sessionKey,
    );
    for (const { key } of others) this.cut(key, 'password');
  }

  #revoke(revocation: Revocation): void {
    this.#bus.publish('nodes', 'all', { kind: 'revocation', revocation });
  }

  /** Whether another node has saved a later expiry, which then holds here as well. */
  async #isUsedElsewhere(live: LiveSession): Promise<boolean> {
    if (!this.#bus.isShared || live.isFixed) return false;
    const found = await this.#store.findSession(live.key);
    if (found === undefined || found.session.expiresAtMs <= this.#clock.nowMs()) return false;
    live.expiresAtMs = Math.max(live.expiresAtMs, found.session.expiresAtMs);
    return true;
  }

  /** Ends the session's connections, and those that are opening. */
  #endHere(key: string, reason: string): void {
    this.#ended.add(key);
    this.cut(key, reason);
  }

  /** Ends the connections of an ended session. */
  cut(key: string, reason: string): void {
    const live = this.#live.get(key);
    if (live === undefined) return;
    this.#live.delete(key);
    this.#logger.record({ event: 'session.ended', userId: live.user.id, reason });
    for (const connection of live.connections) connection.link.end('session-ended');
  }
}
