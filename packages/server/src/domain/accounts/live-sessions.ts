/**
 * The sessions that have connections on this node. They are checked in memory; their activity is
 * saved from time to time.
 */

import type { SessionEndReason, UserId } from '@parley/protocol';
import type { Revocation } from '../../model/bus-message.ts';
import type { Identity } from '../../model/identity.ts';
import { isDisabled, type User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { SmallSet } from '../primitives/small-set.ts';
import { TtlSet } from '../primitives/ttl-set.ts';
import type { SessionActivitySaver } from './session-activity-saver.ts';

/** A session that has connections on this node. */
interface LiveSession {
  readonly key: string;
  readonly user: User;
  readonly connections: SmallSet<ChatConnection>;
  /** Its expiry does not move with activity. */
  readonly isFixed: boolean;
  /** When it ends, however much it is used. */
  readonly endsAtMs: number;
  expiresAtMs: number;
  lastActivityAtMs: number;
  savedAtMs: number;
}

const SAVE_INTERVAL_MS = 5 * 60 * 1000;
/** Number of saves in a session's lifetime: the expiry of short sessions must move too. */
const SAVES_PER_LIFE = 10;
/** Longer than an upgrade may take, including its store accesses. */
const ENDED_KEPT_MS = 5 * 60 * 1000;
/** Interval at which the activity of sessions with this lifetime is saved. */
export function saveIntervalMsOf(ttlMs: number): number {
  return Math.min(SAVE_INTERVAL_MS, ttlMs / SAVES_PER_LIFE);
}

export class LiveSessions {
  readonly #store: Pick<SessionStore, 'findSession'>;
  readonly #activity: Pick<SessionActivitySaver, 'save'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #ttlMs: number;
  readonly #nodes: Pick<OtherNodes, 'isShared'>;
  readonly #live = new Map<string, LiveSession>();
  /** A connection that authenticated just before its session ended may still be opening. */
  readonly #ended: TtlSet;

  constructor(dependencies: {
    readonly store: Pick<SessionStore, 'findSession'>;
    readonly activity: Pick<SessionActivitySaver, 'save'>;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly ttlMs: number;
    readonly nodes: Pick<OtherNodes, 'isShared'>;
  }) {
    this.#store = dependencies.store;
    this.#activity = dependencies.activity;
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
    this.#ttlMs = dependencies.ttlMs;
    this.#nodes = dependencies.nodes;
    this.#ended = new TtlSet(dependencies.clock, ENDED_KEPT_MS);
  }

  /**
   * Attaches a connection to its session. When the session ends, so does the connection: at once if
   * the session ended while the connection was opening.
   */
  attach(
    connection: ChatConnection,
    {
      expiresAtMs,
      sessionEndsAtMs: endsAtMs = Number.POSITIVE_INFINITY,
      isFixed,
    }: Pick<Identity, 'expiresAtMs' | 'sessionEndsAtMs' | 'isFixed'>,
  ): void {
    const { sessionKey: key, user } = connection;
    if (this.#ended.has(key)) {
      // The caller is still opening the connection: it gets the end later, as for any other
      // connection.
      queueMicrotask(() => connection.link.end('session-ended', 'ended'));
      return;
    }
    const nowMs = this.#clock.nowMs();
    const live = this.#live.get(key) ?? {
      key,
      user,
      connections: new SmallSet(),
      isFixed: isFixed === true,
      endsAtMs,
      expiresAtMs,
      lastActivityAtMs: nowMs,
      savedAtMs: nowMs,
    };
    live.connections.add(connection);
    if (live.isFixed) live.expiresAtMs = expiresAtMs;
    this.#live.set(key, live);
  }

  /** Saves the session's activity after its last connection. */
  detach(connection: ChatConnection): void {
    const live = this.#live.get(connection.sessionKey);
    if (live === undefined) return;
    live.connections.delete(connection);
    if (live.connections.size > 0) return;
    this.#live.delete(live.key);
    if (live.lastActivityAtMs > live.savedAtMs) this.#save(live);
  }

  /** Returns whether the session is valid; a valid command counts as activity. */
  touch({ sessionKey }: ChatConnection): boolean {
    const live = this.#live.get(sessionKey);
    if (live === undefined) return false;
    const nowMs = this.#clock.nowMs();
    if (live.expiresAtMs <= nowMs) return false;
    live.lastActivityAtMs = nowMs;
    if (!live.isFixed) live.expiresAtMs = Math.min(nowMs + this.#ttlMs, live.endsAtMs);
    return true;
  }

  /** Keys of the sessions that expire before a time. */
  keysExpiringBefore(timeMs: number): string[] {
    const live = [...this.#live.values()].filter(({ expiresAtMs }) => expiresAtMs < timeMs);
    return live.map(({ key }) => key);
  }

  /** Sets a new expiry of a session that was used without a connection, or that the external application has changed. */
  renew(key: string, expiresAtMs: number): void {
    const live = this.#live.get(key);
    if (live !== undefined) live.expiresAtMs = expiresAtMs;
  }

  /** When the session expires, if it has connections here. */
  expiresAtMsOf(key: string): number | undefined {
    return this.#live.get(key)?.expiresAtMs;
  }

  /** Time of the session's latest activity, if it has connections here. */
  lastActivityAtMsOf(key: string): number | undefined {
    return this.#live.get(key)?.lastActivityAtMs;
  }

  /** Whether the session ended here a short time ago. */
  hasEnded(key: string): boolean {
    return this.#ended.has(key);
  }

  /** Ends the session's connections, and those that are opening. */
  end(key: string, reason: SessionEndReason): void {
    this.#ended.add(key);
    this.cut(key, reason);
  }

  endAllOf(userId: UserId, reason: SessionEndReason): void {
    for (const key of this.#keysOf(userId)) this.end(key, reason);
  }

  /** Ends the connections of an ended session. */
  cut(key: string, reason: SessionEndReason): void {
    const live = this.#live.get(key);
    if (live === undefined) return;
    this.#live.delete(key);
    this.#logger.record({ event: 'session.ended', userId: live.user.id, reason });
    for (const { link } of live.connections) link.end('session-ended', reason);
  }

  /** Ends the connections of the user's sessions, except those of one session. */
  cutOthers(
    userId: UserId,
    sessionKey: string | undefined,
    reason: SessionEndReason = 'password_changed',
  ): void {
    for (const key of this.#keysOf(userId)) {
      if (key !== sessionKey) this.cut(key, reason);
    }
  }

  /**
   * Gives the connections of a user the role that the user has now. Ends those that began with another username;
   * all of them if the account is disabled, or not known.
   */
  followAccount(userId: UserId, now: User | undefined): void {
    const isOpen = now !== undefined && !isDisabled(now, this.#clock.nowMs());
    for (const key of this.#keysOf(userId)) {
      const connections = [...(this.#live.get(key)?.connections ?? [])];
      const isOutdated = connections.some(({ user }) => user.username !== now?.username);
      if (!isOpen || isOutdated) this.cut(key, 'ended');
      else for (const connection of connections) connection.setRole(now.role);
    }
  }

  /** Ends the connections of sessions that have ended on another node. */
  applyRevocation(revocation: Revocation): void {
    if (revocation.kind === 'session')
      this.end(revocation.sessionKey, revocation.reason ?? 'ended');
    else if (revocation.kind === 'user') {
      // Clients whose session has not ended reconnect with it.
      this.cutOthers(revocation.userId, revocation.exceptKey, revocation.reason);
    }
  }

  /** Keys of the sessions that expired while connected, and are not in use on another node. */
  async *expired(): AsyncGenerator<string, undefined> {
    const nowMs = this.#clock.nowMs();
    const expired = [...this.#live.values()].filter((live) => live.expiresAtMs <= nowMs);
    for (const live of expired) {
      if (!(await this.#isUsedElsewhere(live))) yield live.key;
    }
  }

  /** Saves the activity that was not saved for some time. */
  saveActivity(): void {
    const nowMs = this.#clock.nowMs();
    const intervalMs = saveIntervalMsOf(this.#ttlMs);
    for (const live of this.#live.values()) {
      const isDue = nowMs - live.savedAtMs >= intervalMs;
      if (isDue && live.lastActivityAtMs > live.savedAtMs) this.#save(live);
    }
  }

  /** Saves the activity of all sessions, before the process ends. */
  saveAll(): void {
    for (const live of this.#live.values()) this.#save(live);
  }

  #keysOf(userId: UserId): string[] {
    const live = [...this.#live.values()].filter(({ user }) => user.id === userId);
    return live.map(({ key }) => key);
  }

  #save(live: LiveSession): void {
    if (live.isFixed) return; // Fixed sessions are kept elsewhere.
    live.savedAtMs = this.#clock.nowMs();
    const { key, lastActivityAtMs, expiresAtMs } = live;
    this.#activity.save({ key, lastActivityAtMs, expiresAtMs });
  }

  /** Whether another node has saved a later expiry, which then holds here as well. */
  async #isUsedElsewhere(live: LiveSession): Promise<boolean> {
    if (!this.#nodes.isShared || live.isFixed) return false;
    const found = await this.#store.findSession(live.key);
    if (found === undefined || found.session.expiresAtMs <= this.#clock.nowMs()) return false;
    live.expiresAtMs = Math.min(
      live.endsAtMs,
      Math.max(live.expiresAtMs, found.session.expiresAtMs),
    );
    return live.expiresAtMs > this.#clock.nowMs();
  }
}
