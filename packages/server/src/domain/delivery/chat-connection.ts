/** A client's connection in any dialect: its user and its subscriptions. */

import type { ConnectionId, RoomId, UserId } from '@parley/protocol';
import type { ActingUser, Identity } from '../../model/identity.ts';
import { TokenBucket } from '../../model/token-bucket.ts';
import type { Role } from '../../model/user.ts';
import type { ClientTransport } from '../../ports/client-transport.ts';
import type { Clock } from '../../ports/clock.ts';
import { SmallMap } from '../primitives/small-map.ts';
import type { DomainSettings } from '../settings.ts';
import { Backpressure, type BackpressureOwner } from './backpressure.ts';
import type { RoomSubscription } from './room-subscription.ts';

export type Subscription = RoomSubscription<ChatConnection>;
/** The stream of a room that is open on connections. */
export type ConnectionStream = Subscription['stream'];

/** Dependencies that all connections share. */
interface ConnectionDependencies {
  readonly settings: DomainSettings;
  readonly clock: Clock;
  /** Called when the client has not caught up within the lagging timeout. */
  readonly onLaggedTooLong: (connection: ChatConnection) => void;
}

/** Maximum number of users whose presence one client asks for; the latest ones are kept. */
const WATCHED_MAX = 200;

export class ChatConnection implements BackpressureOwner {
  readonly id: ConnectionId;
  readonly #externalRole: string | undefined;
  #user: ActingUser;
  readonly sessionKey: string;
  /** It began with a token that is only for connections. */
  readonly isConnectOnly: boolean;
  readonly link: ClientTransport;
  readonly backpressure: Backpressure;
  readonly subscriptions = new SmallMap<RoomId, Subscription>();
  /** When the user was last active here, on the monotonic clock. */
  activeAtMs = 0;
  /** The client reports activity; otherwise each of its commands is one. */
  reportsActivity = false;
  /** The user appears offline. */
  isInvisible = false;
  /** The users whose presence the client asked for; undefined if it gets that of all. */
  readonly #watched: Set<UserId> | undefined;
  /** Submitted commands of this connection whose outcome is not known yet. */
  pendingCommands = 0;
  readonly #dependencies: ConnectionDependencies;
  /** Created with the first message: most connections only receive. */
  #sendBucket: TokenBucket | undefined;
  /** Created only if something waits for the welcome. */
  #welcome: PromiseWithResolvers<void> | undefined;
  #isWelcomed = false;
  #isClosed = false;

  constructor(
    id: ConnectionId,
    identity: Identity,
    link: ClientTransport,
    dependencies: ConnectionDependencies,
  ) {
    this.id = id;
    this.#user = identity.user;
    this.#externalRole = identity.externalRole;
    this.sessionKey = identity.sessionKey;
    this.isConnectOnly = identity.isConnectOnly === true;
    this.link = link;
    this.backpressure = new Backpressure(link, dependencies.settings, dependencies.clock, this);
    this.#watched = link.dialect.presence === 'watched' ? new Set() : undefined;
    this.#dependencies = dependencies;
  }

  /** Read it when it is used: the role changes while the connection is open. */
  get user(): ActingUser {
    return this.#user;
  }

  /** For display only; permissions follow `user.role`. */
  get shownRole(): string {
    return this.#externalRole ?? this.#user.role;
  }

  setRole(role: Role): void {
    this.#user = { ...this.#user, role };
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Asks for the presence of a user, in a dialect that does not show all. */
  watch(userId: UserId): void {
    this.#watched?.delete(userId);
    this.#watched?.add(userId);
    const [oldest] = (this.#watched?.size ?? 0) > WATCHED_MAX ? (this.#watched ?? []) : [];
    if (oldest !== undefined) this.#watched?.delete(oldest);
  }

  unwatch(userId: UserId): void {
    this.#watched?.delete(userId);
  }

  /** Whether the client gets the presence of this user. */
  shows(userId: UserId): boolean {
    return this.#watched?.has(userId) ?? true;
  }

  /** The subscription to a room that is open on this connection, or is being opened. */
  openRoom(roomId: RoomId): Subscription | undefined {
    const subscription = this.subscriptions.get(roomId);
    return subscription?.isActive === true ? subscription : undefined;
  }

  hasOpen(roomId: RoomId): boolean {
    return this.openRoom(roomId) !== undefined;
  }

  get openRooms(): Subscription[] {
    return this.subscriptions.values().filter(({ isActive }) => isActive);
  }

  /** Resolves when the client was welcomed or has disconnected. No event is sent before. */
  get welcomed(): Promise<void> {
    if (this.#isWelcomed) return Promise.resolve();
    this.#welcome ??= Promise.withResolvers();
    return this.#welcome.promise;
  }

  markWelcomed(): void {
    this.#isWelcomed = true;
    this.backpressure.start();
    this.#welcome?.resolve();
    this.#welcome = undefined;
  }

  markClosed(): void {
    this.#isClosed = true;
    this.markWelcomed();
    this.backpressure.close();
  }

  /** Milliseconds until this connection may send a message; 0 if it may now. */
  sendWaitMs(monotonicMs: number): number {
    return this.#sendBucket?.waitMs(monotonicMs) ?? 0;
  }

  /** Takes one message from the connection's rate limit. */
  countSend(monotonicMs: number): void {
    const { messageRateMax: capacity, messageRateWindowMs: windowMs } = this.#dependencies.settings;
    if (capacity === 0) return;
    this.#sendBucket ??= new TokenBucket({ capacity, windowMs }, monotonicMs);
    this.#sendBucket.take(monotonicMs);
  }

  handleLaggedTooLong(): void {
    this.#dependencies.onLaggedTooLong(this);
  }
}
