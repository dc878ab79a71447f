/**
 * Typing indicators: kept by connection, shown by user, never stored. An indicator that is not
 * renewed ends automatically.
 */

import type { ConnectionId, RoomId, UserId } from '@parley/protocol';
import { recipientOf } from '../../model/direct-room-identity.ts';
import type { Room } from '../../model/room.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomNotice, RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';

/**
 * Where a user types: a room's stream, or the stand-in for a direct room that is not open here or
 * does not exist yet.
 */
export interface TypingTarget {
  readonly room: Pick<Room, 'id' | 'kind' | 'nameKey'>;
  /** The connections that see the indicator. */
  connections(): Iterable<ChatConnection>;
  /** Sends the indicator to the other nodes; by default to those on which the room is open. */
  send?(notice: TypingNotice): void;
}

type TypingNotice = Extract<RoomNotice, { readonly kind: 'typing' }>;

interface Typist {
  readonly connection: ChatConnection;
  readonly target: TypingTarget;
  expiry: Timer;
  /** When the indicator of this user was last sent, by whichever connection. */
  sentAtMs: number;
  /** Whether the others see the indicator. */
  isShown: boolean;
}

interface TypingOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly accounts: Pick<AccountStore, 'isBlockedBetween'>;
  /** Whether a block hides two connected users from each other. */
  readonly isHidden: (one: UserId, other: UserId) => boolean;
  readonly background: BackgroundTasks;
  /** Sends an indicator to the other nodes on which the room is open. */
  readonly send: RoomStreamRegistry['send'];
}

/**
 * Indicators that a user starts within a second of the last one that was sent: they are processed
 * when the pause ends.
 */
interface Pause {
  readonly end: Timer;
  readonly waiting: Set<Typist>;
}

/** Minimum interval between two starts of a user that are sent. */
const START_INTERVAL_MS = 1000;
/**
 * Maximum number of typing users that a room shows, and of connections by which one of them types;
 * more would be of no use and quadratic.
 */
const TYPISTS_MAX = 20;

export class Typing {
  readonly #typists = new Map<RoomId, Map<ConnectionId, Typist>>();
  readonly #pauses = new Map<UserId, Pause>();
  /** The last target of each connection that no closing of a room ends. */
  readonly #outside = new Map<ConnectionId, TypingTarget>();
  readonly #options: TypingOptions;

  constructor(options: TypingOptions) {
    this.#options = options;
  }

  /** Nothing is sent between two users with a block, or of an invisible user, and no error either. */
  start(connection: ChatConnection, target: TypingTarget): void {
    if (connection.isInvisible) return;
    const { id: roomId } = target.room;
    const known = this.#typists.get(roomId)?.get(connection.id);
    if (known !== undefined) {
      known.expiry.cancel();
      known.expiry = this.#expiryOf(connection, target);
      this.#showInTime(known);
      return;
    }
    const own = this.#typistsOf(roomId, connection.user.id);
    // Connections of one user must not take the places of other users.
    const count = own.length === 0 ? this.#userCountOf(roomId) : own.length;
    if (count >= TYPISTS_MAX) return;
    const [other] = own;
    const { sentAtMs, isShown } = other ?? { sentAtMs: Number.NEGATIVE_INFINITY, isShown: false };
    const expiry = this.#expiryOf(connection, target);
    const started: Typist = { connection, target, expiry, sentAtMs, isShown };
    this.#inRoom(roomId).set(connection.id, started);
    this.#showInTime(started);
  }

  /** As `start`, for a room that is not open on the connection: one such room at a time. */
  startOutside(connection: ChatConnection, target: TypingTarget): void {
    const former = this.#outside.get(connection.id);
    if (former !== undefined && former.room.id !== target.room.id) this.stop(connection, former);
    this.#outside.set(connection.id, target);
    this.start(connection, target);
  }

  stop(connection: ChatConnection, { room }: Pick<TypingTarget, 'room'>): void {
    const { id: roomId } = room;
    const typists = this.#typists.get(roomId);
    const typist = typists?.get(connection.id);
    if (typists === undefined || typist === undefined) return;
    typist.expiry.cancel();
    this.#pauses.get(connection.user.id)?.waiting.delete(typist);
    typists.delete(connection.id);
    if (typists.size === 0) this.#typists.delete(roomId);
    const isLast = this.#typistsOf(roomId, connection.user.id).length === 0;
    if (isLast && typist.isShown) this.#broadcastToOthers(typist, false);
  }

  /** Sends the current indicators of a room to a new connection. */
  sendCurrent(connection: ChatConnection, { room }: TypingTarget): void {
    const people = new Map<UserId, Typist>();
    for (const typist of this.#typists.get(room.id)?.values() ?? []) {
      if (typist.isShown) people.set(typist.connection.user.id, typist);
    }
    const { id: userId } = connection.user;
    people.delete(userId);
    for (const [typistId, typist] of people) {
      if (!this.#options.isHidden(typistId, userId)) broadcast(toEvent(typist, true), [connection]);
    }
  }

  /** Shows an indicator of a user of another node. */
  showElsewhere(
    target: Pick<TypingTarget, 'connections'> & { readonly room: Pick<Room, 'id'> },
    { userId, username, isTyping }: Omit<TypingNotice, 'kind'>,
  ): void {
    const event = { kind: 'typing', roomId: target.room.id, userId, username, isTyping } as const;
    this.#broadcastExcept(userId, event, target.connections());
  }

  /** Drops everything of a closed connection. */
  forget(connection: ChatConnection): void {
    const target = this.#outside.get(connection.id);
    if (target !== undefined) this.stop(connection, target);
    this.#outside.delete(connection.id);
  }

  close(): void {
    for (const typists of this.#typists.values()) {
      for (const typist of typists.values()) typist.expiry.cancel();
    }
    for (const { end } of this.#pauses.values()) end.cancel();
    this.#typists.clear();
    this.#pauses.clear();
    this.#outside.clear();
  }

  #expiryOf(connection: ChatConnection, target: TypingTarget): Timer {
    const { clock, timeoutMs } = this.#options;
    return clock.schedule(timeoutMs, () => this.stop(connection, target));
  }

  #inRoom(roomId: RoomId): Map<ConnectionId, Typist> {
    const typists = this.#typists.get(roomId) ?? new Map<ConnectionId, Typist>();
    this.#typists.set(roomId, typists);
    return typists;
  }

  #typistsOf(roomId: RoomId, userId: UserId): Typist[] {
    const typists = [...(this.#typists.get(roomId)?.values() ?? [])];
    return typists.filter(({ connection }) => connection.user.id === userId);
  }

  #userCountOf(roomId: RoomId): number {
    const typists = this.#typists.get(roomId)?.values() ?? [];
    return new Set(Array.from(typists, ({ connection }) => connection.user.id)).size;
  }

  /** Sends the indicator now, or after the user's pause if it has not ended by then. */
  #showInTime(typist: Typist): void {
    const { clock, timeoutMs } = this.#options;
    const { id: userId } = typist.connection.user;
    const nowMs = clock.monotonicMs();
    // Receivers drop an indicator that is not renewed.
    if (nowMs - typist.sentAtMs < timeoutMs) return;
    const pause = this.#pauses.get(userId);
    if (pause !== undefined) {
      pause.waiting.add(typist);
      return;
    }
    const end = clock.schedule(START_INTERVAL_MS, () => this.#endPause(userId));
    this.#pauses.set(userId, { end, waiting: new Set() });
    for (const each of this.#typistsOf(typist.target.room.id, userId)) each.sentAtMs = nowMs;
    this.#show(typist);
  }

  #endPause(userId: UserId): void {
    const waiting = this.#pauses.get(userId)?.waiting ?? [];
    this.#pauses.delete(userId);
    for (const typist of waiting) this.#showInTime(typist);
  }

  #show(typist: Typist): void {
    const { connection, target } = typist;
    const recipientId = recipientOf(target.room, connection.user.id);
    if (recipientId === undefined) this.#showNow(typist);
    else this.#options.background.run(this.#showTo(typist, recipientId));
  }

  async #showTo(typist: Typist, recipientId: UserId): Promise<void> {
    const { accounts } = this.#options;
    const { id: userId } = typist.connection.user;
    if (await accounts.isBlockedBetween(userId, recipientId)) return;
    // The indicator may have ended meanwhile, or continue by another connection.
    const [still] = this.#typistsOf(typist.target.room.id, userId);
    if (still !== undefined) this.#showNow(still);
  }

  #showNow(typist: Typist): void {
    const { connection, target } = typist;
    for (const each of this.#typistsOf(target.room.id, connection.user.id)) each.isShown = true;
    this.#broadcastToOthers(typist, true);
  }

  #broadcastToOthers(typist: Typist, isTyping: boolean): void {
    const event = toEvent(typist, isTyping);
    const { roomId, userId, username } = event;
    this.#broadcastExcept(userId, event, typist.target.connections());
    const notice = { kind: 'typing', userId, username, isTyping } as const;
    if (typist.target.send === undefined) this.#options.send(roomId, notice);
    else typist.target.send(notice);
  }

  #broadcastExcept(
    typistId: UserId,
    event: ReturnType<typeof toEvent>,
    connections: Iterable<ChatConnection>,
  ): void {
    const others = [...connections].filter(
      ({ user }) => user.id !== typistId && !this.#options.isHidden(typistId, user.id),
    );
    broadcast(event, others);
  }
}

function toEvent({ connection, target }: Typist, isTyping: boolean) {
  const { id: userId, username } = connection.user;
  return { kind: 'typing', roomId: target.room.id, userId, username, isTyping } as const;
}
