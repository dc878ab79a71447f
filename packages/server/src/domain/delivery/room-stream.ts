/**
 * One room's events on this node, in order, to the connections that have it open.
 *
 * The stream has a head: the highest sequence that it has passed on. It accepts only the
 * next event. Events that arrive early wait above the gap; repeated events are dropped.
 * Each subscription has a position of its own. A new subscription is loading at first: it
 * gets a snapshot up to some head, then from the recent events what the stream has passed
 * on since, and from then on every event. So no event is missed or repeated between the
 * two. A subscription whose client reads too slowly stays behind; `deliverMissed` sends it
 * what it missed.
 *
 * The stream does not read the store: its owner repairs gaps when `onGap` is called.
 */

import assert from 'node:assert/strict';
import type { ConnectionId, UserId } from '@parley/protocol';
import type { ChatEvent } from '../../model/client-event.ts';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { User } from '../../model/user.ts';
import { SmallMap } from '../primitives/small-map.ts';
import { broadcast, EncodedEvent, type Recipient } from './fan-out.ts';
import { RecentEvents } from './recent-events.ts';

/** A connection as far as streams use it. */
export interface Subscriber extends Recipient {
  readonly id: ConnectionId;
  readonly user: Pick<User, 'id'>;
}

/** A room that is open on a connection. */
export interface RoomSubscription<Connection extends Subscriber> {
  readonly connection: Connection;
  readonly stream: RoomStream<Connection>;
}

/** Callbacks to the owner of a subscription that the stream can no longer serve. */
export interface SubscriptionHooks<Connection extends Subscriber> {
  /** The user lost access and was informed: release the subscription. */
  onAccessLost(subscription: RoomSubscription<Connection>): void;
  /** The subscription is too far behind to catch up. */
  onTooFarBehind(subscription: RoomSubscription<Connection>): void;
}

interface SubscriptionState<Connection extends Subscriber> extends RoomSubscription<Connection> {
  /**
   * `loading` until its snapshot was sent; `suspended` if it gets no events until the
   * client joins again, while the user still counts as present.
   */
  phase: 'loading' | 'live' | 'suspended';
  /** Whether the client has the room open: from its first snapshot on. */
  isOpen: boolean;
  /** Whether it counts towards the users who are in the room. */
  hasEntered: boolean;
  position: number;
  /** Called in place of sending an event, by the event's sequence. */
  readonly acknowledgements: SmallMap<number, () => void>;
  readonly hooks: SubscriptionHooks<Connection>;
}

/** An acknowledgement that a connection gets in place of the event that it caused. */
export interface DeferredAcknowledgement {
  readonly sequence: number;
  readonly run: () => void;
}

export type ReadPositionUpdate = Extract<ChatEvent, { kind: 'read-position' }>;

/** Maximum number of events that wait above a gap; events beyond it are read from the store. */
const AHEAD_MAX = 1000;

export class RoomStream<Connection extends Subscriber = Subscriber> {
  readonly room: Room;
  readonly #recentEvents: RecentEvents;
  readonly #behindMax: number;
  readonly #onGap: () => void;
  readonly #subscriptions = new Map<ConnectionId, SubscriptionState<Connection>>();
  /** Number of connections that have entered, by user. */
  readonly #connectionCounts = new Map<UserId, number>();
  readonly #ahead = new Map<number, RoomEvent>();
  readonly #readPositions = new Map<UserId, ReadPositionUpdate>();
  #head: number | undefined;
  #isInUse = false;

  constructor(
    room: Room,
    options: {
      readonly tailMax: number;
      /** Maximum number of events that one subscription may be behind. */
      readonly behindMax: number;
      readonly onGap: () => void;
    },
  ) {
    this.room = room;
    this.#recentEvents = new RecentEvents(options.tailMax);
    this.#behindMax = options.behindMax;
    this.#onGap = options.onGap;
  }

  /** The highest sequence passed on; undefined until a snapshot has shown the log's head. */
  get head(): number | undefined {
    return this.#head;
  }

  /** Whether the room is known not to be an archived channel; if false, ask the store. */
  get isInUse(): boolean {
    return this.#isInUse;
  }

  noteInUse(isInUse: boolean): void {
    this.#isInUse = isInUse;
  }

  get hasGap(): boolean {
    return this.#ahead.size > 0;
  }

  /** Number of users in the room; each counts once. */
  get memberCount(): number {
    return this.#connectionCounts.size;
  }

  /** The connections in the room that have received their snapshot. */
  *connections(): Iterable<Connection> {
    for (const state of this.#subscriptions.values()) {
      if (state.phase === 'live') yield state.connection;
    }
  }

  /** The users in the room, each once. */
  *memberIds(): Iterable<UserId> {
    yield* this.#connectionCounts.keys();
  }

  hasUser(userId: UserId): boolean {
    return this.#connectionCounts.has(userId);
  }

  /** The latest read position that was sent for each user in the room. */
  get readPositions(): Iterable<ReadPositionUpdate> {
    return this.#readPositions.values();
  }

  noteReadPosition(position: ReadPositionUpdate): void {
    if (this.hasUser(position.userId)) this.#readPositions.set(position.userId, position);
  }

  /** Accepts an event from the bus or the store. Returns to how many connections it was sent now. */
  accept(event: RoomEvent): number {
    if (this.#head === undefined || event.sequence > this.#head + 1) {
      this.#keepAhead(event);
      return 0;
    }
    if (event.sequence <= this.#head) return 0;
    const count = this.#passOn(event);
    this.#passOnWaiting();
    return count;
  }

  /**
   * Subscribes a connection, which gets no events until `start`. An active subscription
   * goes back to loading; a suspended one is replaced by a new one, so that requests made
   * before do not apply to it.
   */
  beginLoading(
    connection: Connection,
    hooks: SubscriptionHooks<Connection>,
  ): RoomSubscription<Connection> {
    const existing = this.#subscriptions.get(connection.id);
    if (existing !== undefined && existing.phase !== 'suspended') {
      existing.phase = 'loading';
      return existing;
    }
    const state: SubscriptionState<Connection> = {
      connection,
      stream: this,
      phase: 'loading',
      isOpen: false,
      hasEntered: existing?.hasEntered ?? false,
      position: 0,
      acknowledgements: new SmallMap(),
      hooks,
    };
    this.#subscriptions.set(connection.id, state);
    return state;
  }

  /** Whether the recent events reach back to a snapshot of this head. */
  reaches(headSequence: number): boolean {
    if (this.#head === undefined || this.#head <= headSequence) return true;
    return this.#recentEvents.reaches(headSequence);
  }

  /** Counts the user as being in the room. Returns true for the user's first connection. */
  enter(subscription: RoomSubscription<Connection>): boolean {
    const state = this.#stateOf(subscription);
    if (state.hasEntered) return false;
    state.hasEntered = true;
    const { id } = state.connection.user;
    const count = (this.#connectionCounts.get(id) ?? 0) + 1;
    this.#connectionCounts.set(id, count);
    return count === 1;
  }

  /**
   * For a client that requests a room again that it has open: sends the acknowledgements up
   * to this sequence, each in its position, before a snapshot that includes their events.
   * Returns false if that is not possible now.
   */
  acknowledgeUpTo(subscription: RoomSubscription<Connection>, headSequence: number): boolean {
    const state = this.#stateOf(subscription);
    const last = Math.max(0, ...acknowledgementsUpTo(state, headSequence));
    if (last === 0) return true;
    if (!this.#recentEvents.reaches(state.position)) return false;
    state.phase = 'live';
    for (const event of this.#recentEvents.after(state.position)) {
      if (event.sequence > last || !this.#isSubscribed(state)) break;
      this.#deliver(event, state, this.#encode(event));
    }
    if (this.#isSubscribed(state) && state.phase === 'live') state.phase = 'loading';
    return state.position >= last;
  }

  /**
   * Goes live: sends what followed the snapshot of this head, which was already sent.
   * `acknowledgements` replace the events that the connection itself has caused.
   */
  start(
    subscription: RoomSubscription<Connection>,
    headSequence: number,
    acknowledgements: readonly DeferredAcknowledgement[] = [],
  ): void {
    assert(this.reaches(headSequence));
    const state = this.#stateOf(subscription);
    for (const acknowledgement of acknowledgements) defer(state, acknowledgement);
    state.position = headSequence;
    state.phase = 'live';
    state.isOpen = true;
    for (const sequence of acknowledgementsUpTo(state, headSequence)) acknowledge(state, sequence);
    this.#learnHead(headSequence);
    for (const event of this.#recentEvents.after(headSequence)) {
      // An event among these may have ended the user's access.
      if (!this.#isSubscribed(state)) return;
      this.#deliver(event, state, this.#encode(event));
    }
  }

  /** Undoes `beginLoading` after a failed snapshot: goes on as before. Returns false if it cannot. */
  cancelLoading(subscription: RoomSubscription<Connection>): boolean {
    const state = this.#stateOf(subscription);
    if (!state.hasEntered || !this.reaches(state.position)) return false;
    this.start(state, state.position);
    return true;
  }

  /** Sends nothing more until the subscription is loaded again; the user still counts as present. */
  suspend(subscription: RoomSubscription<Connection>): void {
    const state = this.#stateOf(subscription);
    state.phase = 'suspended';
    state.isOpen = false;
    runAcknowledgements(state);
  }

  /**
   * Skips to a sequence: the missing events below it are no longer in the log. Clients that
   * have not had them fetch the room again.
   */
  skipTo(firstSequence: number): void {
    if (this.#head === undefined || this.#head >= firstSequence - 1) return;
    this.#head = firstSequence - 1;
    this.#recentEvents.clear();
    for (const sequence of this.#ahead.keys()) {
      if (sequence < firstSequence) this.#ahead.delete(sequence);
    }
    const behind = [...this.#subscriptions.values()].filter((state) => this.isBehind(state));
    for (const state of behind) state.hooks.onTooFarBehind(state);
    this.#passOnWaiting();
  }

  /** Drops the events in memory: events that were deleted from the store must not come from here. */
  forgetRecentEvents(): void {
    this.#recentEvents.clear();
  }

  /** Whether the subscription missed events because its client reads too slowly. */
  isBehind(subscription: RoomSubscription<Connection>): boolean {
    const state = this.#stateOf(subscription);
    return state.phase === 'live' && this.#head !== undefined && state.position < this.#head;
  }

  /** Whether the room is open from the client's point of view. */
  isOpenOn(subscription: RoomSubscription<Connection>): boolean {
    return this.#stateOf(subscription).isOpen;
  }

  positionOf(subscription: RoomSubscription<Connection>): number {
    return this.#stateOf(subscription).position;
  }

  /** Recent events that a subscription missed; undefined if memory does not reach back that far. */
  recentEventsFor(
    subscription: RoomSubscription<Connection>,
    limit: number,
  ): readonly RoomEvent[] | undefined {
    const { position } = this.#stateOf(subscription);
    if (!this.#recentEvents.reaches(position)) return undefined;
    return this.#recentEvents.after(position, limit);
  }

  /**
   * Sends an event that the subscription missed, even while its client lags. It sends nothing
   * out of order, and nothing that the stream itself has not passed on: the store may already
   * know a later event whose author's acknowledgement is still on its way.
   */
  deliverMissed(subscription: RoomSubscription<Connection>, event: RoomEvent): void {
    const state = this.#subscriptions.get(subscription.connection.id);
    if (state === undefined || state !== subscription || event.sequence > (this.#head ?? 0)) return;
    this.#deliver(event, state, this.#encode(event, { isMissed: true }));
  }

  /** Unsubscribes a connection. Returns true if it was the user's last one that had entered. */
  release(subscription: RoomSubscription<Connection>): boolean {
    const state = this.#subscriptions.get(subscription.connection.id);
    if (state === undefined) return false;
    this.#subscriptions.delete(state.connection.id);
    runAcknowledgements(state);
    if (!state.hasEntered) return false;
    const { id } = state.connection.user;
    const count = (this.#connectionCounts.get(id) ?? 0) - 1;
    assert(count >= 0);
    if (count > 0) this.#connectionCounts.set(id, count);
    else {
      this.#connectionCounts.delete(id);
      this.#readPositions.delete(id);
    }
    return count === 0;
  }

  /**
   * Calls `run` in place of event `sequence` in the connection's stream: after all events
   * below it, before all events above it. Calls it at once if the connection is past that
   * event, or does not have the room open: there is no stream then.
   */
  acknowledgeAt(connection: Pick<Connection, 'id'>, sequence: number, run: () => void): void {
    const state = this.#subscriptions.get(connection.id);
    const isPast = state?.phase === 'live' && state.position >= sequence;
    if (state?.isOpen !== true || isPast) {
      run();
      return;
    }
    defer(state, { sequence, run });
  }

  #keepAhead(event: RoomEvent): void {
    if (this.#ahead.size < AHEAD_MAX) this.#ahead.set(event.sequence, event);
    if (this.#head !== undefined) this.#onGap();
  }

  #learnHead(headSequence: number): void {
    if (this.#head === undefined) {
      this.#head = headSequence;
      for (const sequence of this.#ahead.keys()) {
        if (sequence <= headSequence) this.#ahead.delete(sequence);
      }
      this.#passOnWaiting();
    } else if (headSequence > this.#head) {
      this.#onGap(); // The store has events that the bus has not delivered, and may never deliver.
    }
  }

  #passOnWaiting(): void {
    while (this.#head !== undefined) {
      const next = this.#ahead.get(this.#head + 1);
      if (next === undefined) break;
      this.#ahead.delete(next.sequence);
      this.#passOn(next);
    }
    if (this.#head !== undefined && this.#ahead.size > 0) this.#onGap();
  }

  #passOn(event: RoomEvent): number {
    this.#head = event.sequence;
    this.#recentEvents.push(event);
    const encoded = this.#encode(event);
    // Iterating over the map itself is safe: a subscription added meanwhile is loading, and a
    // removed one is skipped.
    let count = 0;
    for (const state of this.#subscriptions.values()) {
      if (this.#deliver(event, state, encoded)) count += 1;
    }
    return count;
  }

  /**
   * Returns whether the event itself was sent: false for a subscription that is past it, or
   * that gets an acknowledgement in its place.
   */
  #deliver(event: RoomEvent, state: SubscriptionState<Connection>, encoded: EncodedEvent): boolean {
    if (state.phase === 'suspended') {
      if (isAccessLoss(event, state)) state.hooks.onAccessLost(state);
      return false;
    }
    if (state.phase !== 'live' || event.sequence <= state.position) return false;
    const isNext = event.sequence === state.position + 1;
    if (isNext && state.acknowledgements.has(event.sequence)) {
      state.position = event.sequence;
      acknowledge(state, event.sequence);
      return false;
    }
    if (isNext && isAccessLoss(event, state)) {
      state.position = event.sequence;
      endAccess(event, state);
      return true;
    }
    if (isNext && encoded.sendTo(state.connection)) {
      state.position = event.sequence;
      return true;
    }
    if (event.sequence - state.position > this.#behindMax) state.hooks.onTooFarBehind(state);
    return false;
  }

  #encode(
    event: RoomEvent,
    options: ConstructorParameters<typeof EncodedEvent>[1] = {},
  ): EncodedEvent {
    return new EncodedEvent({ kind: 'logged', event, room: this.room }, options);
  }

  #isSubscribed(state: SubscriptionState<Connection>): boolean {
    return this.#subscriptions.get(state.connection.id) === state;
  }

  #stateOf({ connection }: RoomSubscription<Connection>): SubscriptionState<Connection> {
    const state = this.#subscriptions.get(connection.id);
    assert(state !== undefined);
    return state;
  }
}

type AccessLost = Extract<RoomEvent, { kind: 'access-lost' }>;
type Acknowledgements = Pick<SubscriptionState<Subscriber>, 'acknowledgements'>;

function isAccessLoss(
  event: RoomEvent,
  { connection }: { readonly connection: Subscriber },
): event is AccessLost {
  return event.kind === 'access-lost' && event.userId === connection.user.id;
}

/** Sends the loss of access in its position of the log; nothing later goes to this connection. */
function endAccess<Connection extends Subscriber>(
  event: AccessLost,
  state: SubscriptionState<Connection>,
): void {
  const { roomId, reason, sequence } = event;
  broadcast({ kind: 'room-left', roomId, reason, sequence, wasOpen: true }, [state.connection]);
  state.hooks.onAccessLost(state);
}

function defer(
  { acknowledgements }: Acknowledgements,
  { sequence, run }: DeferredAcknowledgement,
): void {
  // A repeated command has the same position.
  const first = acknowledgements.get(sequence);
  acknowledgements.set(sequence, () => {
    first?.();
    run();
  });
}

function acknowledgementsUpTo(
  { acknowledgements }: Acknowledgements,
  headSequence: number,
): number[] {
  return acknowledgements
    .keys()
    .filter((sequence) => sequence <= headSequence)
    .sort((a, b) => a - b);
}

function runAcknowledgements(state: Acknowledgements): void {
  for (const sequence of state.acknowledgements.keys()) acknowledge(state, sequence);
}

function acknowledge({ acknowledgements }: Acknowledgements, sequence: number): void {
  const run = acknowledgements.get(sequence);
  acknowledgements.delete(sequence);
  run?.();
}
