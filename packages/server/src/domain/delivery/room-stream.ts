/**
 * One room's events on this node, in order, to the connections that have it open.
 *
 * How to think about it: the stream has a head, the highest sequence it has
 * passed on, and takes the next one only. What comes early waits above the hole;
 * what comes again is dropped. A participant has a position of its own. One that
 * joins is held at first: it gets a snapshot up to some head, then from the tail
 * what the stream has passed on since, and from then on what everybody gets. So
 * nothing is missed between the two, and nothing comes twice. One whose client
 * reads too slowly stays behind; what it missed comes by `deliverMissed`.
 *
 * It reads no store: whoever owns it repairs holes when it asks.
 */
import assert from 'node:assert/strict';
import type { ConnectionId, UserId } from '@parley/protocol';
import type { ChatEvent } from '../../model/client-event.ts';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import { SmallMap } from '../primitives/small-map.ts';
import type { ChatConnection } from './connection.ts';
import { broadcast, EncodedEvent } from './fan-out.ts';
import { RecentEvents } from './recent-events.ts';

/** A connection that has the room open. */
export interface Subscription {
  readonly connection: ChatConnection;
  readonly stream: RoomStream;
}

/** What the owner of a place does when the stream can no longer serve it. */
export interface SubscriptionHooks {
  /** The person's access ended, and they were told: lets the connection go. */
  readonly onAccessLost: (subscription: Subscription) => void;
  /** The place is further behind than can be caught up. */
  readonly onTooFarBehind: (subscription: Subscription) => void;
}

interface Place extends Subscription {
  /**
   * `held` until its snapshot is out; `suspended` where it gets nothing until the
   * client joins anew, while the person still counts as being there.
   */
  state: 'held' | 'live' | 'suspended';
  /** Whether the client has the room open: from its first snapshot on. */
  isOpen: boolean;
  /** Whether it counts among those who are in the room. */
  hasEntered: boolean;
  position: number;
  /** What to call in place of an event, by its sequence. */
  readonly acknowledgements: SmallMap<number, () => void>;
  readonly hooks: SubscriptionHooks;
}

/** What a connection hears in place of the event that it has caused. */
export interface Answer {
  readonly sequence: number;
  readonly run: () => void;
}

export type ReadPositionUpdate = Extract<ChatEvent, { kind: 'read-position' }>;

/** Events that wait above a hole; beyond it they are read from the store, as all of a hole is. */
const AHEAD_MAX = 1000;

export class RoomStream {
  readonly room: Room;
  readonly #tail: RecentEvents;
  readonly #behindMax: number;
  readonly #onGap: (stream: RoomStream) => void;
  readonly #places = new Map<ConnectionId, Place>();
  readonly #connectionsOf = new Map<UserId, number>();
  readonly #ahead = new Map<number, RoomEvent>();
  readonly #readPositions = new Map<UserId, ReadPositionUpdate>();
  #head: number | undefined;
  #isInUse = false;

  constructor(
    room: Room,
    options: {
      readonly tailMax: number;
      /** Events that one place may be behind. */
      readonly behindMax: number;
      readonly onGap: (stream: RoomStream) => void;
    },
  ) {
    this.room = room;
    this.#tail = new RecentEvents(options.tailMax);
    this.#behindMax = options.behindMax;
    this.#onGap = options.onGap;
  }

  /** The highest sequence passed on; undefined until a snapshot has told where the log stands. */
  get head(): number | undefined {
    return this.#head;
  }

  /** Whether the room is known not to be an archived channel; otherwise the store has to be asked. */
  get isInUse(): boolean {
    return this.#isInUse;
  }

  noteInUse(isInUse: boolean): void {
    this.#isInUse = isInUse;
  }

  get hasGap(): boolean {
    return this.#ahead.size > 0;
  }

  /** How many people are in the room, each counted once. */
  get memberCount(): number {
    return this.#connectionsOf.size;
  }

  /** Those who are in the room and have had their snapshot. */
  *connections(): Iterable<ChatConnection> {
    for (const place of this.#places.values()) {
      if (place.state === 'live') yield place.connection;
    }
  }

  /** Those who are in the room, each person once. */
  *memberIds(): Iterable<UserId> {
    yield* this.#connectionsOf.keys();
  }

  hasPerson(userId: UserId): boolean {
    return this.#connectionsOf.has(userId);
  }

  /** The latest that was told of the people in the room. */
  get readPositions(): Iterable<ReadPositionUpdate> {
    return this.#readPositions.values();
  }

  noteReadPosition(position: ReadPositionUpdate): void {
    if (this.hasPerson(position.userId)) this.#readPositions.set(position.userId, position);
  }

  /** Takes an event from the bus or the store; to how many connections it went at once. */
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
   * Takes a connection in, held until `start`. One that is there is held again; one that
   * was suspended gets another place, so that nothing asked for before answers for it.
   */
  beginLoading(connection: ChatConnection, hooks: SubscriptionHooks): Subscription {
    const there = this.#places.get(connection.id);
    if (there !== undefined && there.state !== 'suspended') {
      there.state = 'held';
      return there;
    }
    const place: Place = {
      connection,
      stream: this,
      state: 'held',
      isOpen: false,
      hasEntered: there?.hasEntered ?? false,
      position: 0,
      acknowledgements: new SmallMap(),
      hooks,
    };
    this.#places.set(connection.id, place);
    return place;
  }

  /** Whether the tail reaches back to a snapshot of this head. */
  reaches(headSequence: number): boolean {
    if (this.#head === undefined || this.#head <= headSequence) return true;
    return this.#tail.reaches(headSequence);
  }

  /** Counts the person as being in the room. True for their first connection. */
  enter(subscription: Subscription): boolean {
    const place = this.#placeOf(subscription);
    if (place.hasEntered) return false;
    place.hasEntered = true;
    const { id } = place.connection.user;
    const count = (this.#connectionsOf.get(id) ?? 0) + 1;
    this.#connectionsOf.set(id, count);
    return count === 1;
  }

  /**
   * Where a client asks anew for a room that it has open: what it was to hear in place of
   * events up to this sequence, each in its place, before a snapshot that holds them.
   * False where that cannot be now.
   */
  answerUpTo(subscription: Subscription, headSequence: number): boolean {
    const place = this.#placeOf(subscription);
    const last = Math.max(0, ...answersUpTo(place, headSequence));
    if (last === 0) return true;
    if (!this.#tail.reaches(place.position)) return false;
    place.state = 'live';
    for (const event of this.#tail.after(place.position)) {
      if (event.sequence > last || !this.#isThere(place)) break;
      this.#deliver(event, place, this.#encodedEventOf(event));
    }
    if (this.#isThere(place) && place.state === 'live') place.state = 'held';
    return place.position >= last;
  }

  /**
   * Goes live: passes on what came since the snapshot of this head, which is already
   * sent. `answers` stand in place of events that the connection itself has caused.
   */
  start(subscription: Subscription, headSequence: number, answers: readonly Answer[] = []): void {
    assert(this.reaches(headSequence));
    const place = this.#placeOf(subscription);
    for (const answer of answers) keepAnswer(place, answer);
    place.position = headSequence;
    place.state = 'live';
    place.isOpen = true;
    for (const sequence of answersUpTo(place, headSequence)) acknowledge(place, sequence);
    this.#learnHead(headSequence);
    for (const event of this.#tail.after(headSequence)) {
      // An event on the way may have ended the person's access.
      if (!this.#isThere(place)) return;
      this.#deliver(event, place, this.#encodedEventOf(event));
    }
  }

  /** Undoes `hold` where the snapshot failed: goes on as before. False where that cannot be. */
  cancelLoading(subscription: Subscription): boolean {
    const place = this.#placeOf(subscription);
    if (!place.hasEntered || !this.reaches(place.position)) return false;
    this.start(place, place.position);
    return true;
  }

  /** Gives a place nothing more until it is held again; the person still counts as being there. */
  suspend(subscription: Subscription): void {
    const place = this.#placeOf(subscription);
    place.state = 'suspended';
    place.isOpen = false;
    runAcknowledgements(place);
  }

  /**
   * What is missing below this sequence is gone from the log. Those who have not had it
   * fetch the room anew, and the stream goes on behind it.
   */
  skipTo(firstSequence: number): void {
    if (this.#head === undefined || this.#head >= firstSequence - 1) return;
    this.#head = firstSequence - 1;
    this.#tail.clear();
    for (const sequence of this.#ahead.keys()) {
      if (sequence < firstSequence) this.#ahead.delete(sequence);
    }
    const behind = [...this.#places.values()].filter((place) => this.isBehind(place));
    for (const place of behind) place.hooks.onTooFarBehind(place);
    this.#passOnWaiting();
  }

  /** Lets go of the events in memory: what is gone from the store must not come from here. */
  forgetRecentEvents(): void {
    this.#tail.clear();
  }

  /** Whether events passed this place by, because its client reads too slowly. */
  isBehind(subscription: Subscription): boolean {
    const place = this.#placeOf(subscription);
    return place.state === 'live' && this.#head !== undefined && place.position < this.#head;
  }

  /** Whether the client takes the room to be open. */
  isOpenOn(subscription: Subscription): boolean {
    return this.#placeOf(subscription).isOpen;
  }

  positionOf(subscription: Subscription): number {
    return this.#placeOf(subscription).position;
  }

  /** What a place that is behind misses, from the tail; undefined where that does not reach back so far. */
  recentEventsFor(subscription: Subscription, limit: number): readonly RoomEvent[] | undefined {
    const { position } = this.#placeOf(subscription);
    return this.#tail.reaches(position) ? this.#tail.after(position, limit) : undefined;
  }

  /**
   * Passes on what a place missed, though its client still lags: nothing out of
   * order, and nothing that the stream has not passed on itself. A later event may
   * be known to the store while its author's acknowledgement is still on its way.
   */
  deliverMissed(subscription: Subscription, event: RoomEvent): void {
    const place = this.#places.get(subscription.connection.id);
    if (place === undefined || place !== subscription || event.sequence > (this.#head ?? 0)) return;
    this.#deliver(event, place, this.#encodedEventOf(event, { isMissed: true }));
  }

  /** Lets a connection go. True where it was the person's last one that had entered. */
  release(subscription: Subscription): boolean {
    const place = this.#places.get(subscription.connection.id);
    if (place === undefined) return false;
    this.#places.delete(place.connection.id);
    runAcknowledgements(place);
    if (!place.hasEntered) return false;
    const { id } = place.connection.user;
    const count = (this.#connectionsOf.get(id) ?? 0) - 1;
    assert(count >= 0);
    if (count > 0) this.#connectionsOf.set(id, count);
    else {
      this.#connectionsOf.delete(id);
      this.#readPositions.delete(id);
    }
    return count === 0;
  }

  /**
   * Calls `run` in place of event `sequence` in the connection's stream: after all
   * below it, before all above. At once where the connection is past it, or has the
   * room not open: there is no stream then.
   */
  acknowledgeAt(connection: ChatConnection, sequence: number, run: () => void): void {
    const place = this.#places.get(connection.id);
    const isPast = place?.state === 'live' && place.position >= sequence;
    if (place?.isOpen !== true || isPast) {
      run();
      return;
    }
    keepAnswer(place, { sequence, run });
  }

  #keepAhead(event: RoomEvent): void {
    if (this.#ahead.size < AHEAD_MAX) this.#ahead.set(event.sequence, event);
    if (this.#head !== undefined) this.#onGap(this);
  }

  #learnHead(headSequence: number): void {
    if (this.#head === undefined) {
      this.#head = headSequence;
      for (const sequence of this.#ahead.keys()) {
        if (sequence <= headSequence) this.#ahead.delete(sequence);
      }
      this.#passOnWaiting();
    } else if (headSequence > this.#head) {
      this.#onGap(this); // The store has what the bus has not brought: perhaps it never will.
    }
  }

  #passOnWaiting(): void {
    while (this.#head !== undefined) {
      const next = this.#ahead.get(this.#head + 1);
      if (next === undefined) break;
      this.#ahead.delete(next.sequence);
      this.#passOn(next);
    }
    if (this.#head !== undefined && this.#ahead.size > 0) this.#onGap(this);
  }

  #passOn(event: RoomEvent): number {
    this.#head = event.sequence;
    this.#tail.push(event);
    const notice = this.#encodedEventOf(event);
    // Going over the map itself is safe: one who comes in meanwhile is held, one who goes is skipped.
    let count = 0;
    for (const place of this.#places.values()) {
      if (this.#deliver(event, place, notice)) count += 1;
    }
    return count;
  }

  /** Whether the event itself went out: not to one who is past it, nor where an acknowledgement stands for it. */
  #deliver(event: RoomEvent, place: Place, notice: EncodedEvent): boolean {
    if (place.state === 'suspended') {
      if (isLossOf(event, place)) place.hooks.onAccessLost(place);
      return false;
    }
    if (place.state !== 'live' || event.sequence <= place.position) return false;
    const isNext = event.sequence === place.position + 1;
    if (isNext && place.acknowledgements.has(event.sequence)) {
      place.position = event.sequence;
      acknowledge(place, event.sequence);
      return false;
    }
    if (isNext && isLossOf(event, place)) {
      place.position = event.sequence;
      endRoomMembership(event, place);
      return true;
    }
    if (isNext && notice.sendTo(place.connection)) {
      place.position = event.sequence;
      return true;
    }
    if (event.sequence - place.position > this.#behindMax) place.hooks.onTooFarBehind(place);
    return false;
  }

  #encodedEventOf(
    event: RoomEvent,
    how: ConstructorParameters<typeof EncodedEvent>[1] = {},
  ): EncodedEvent {
    return new EncodedEvent({ kind: 'logged', event, room: this.room }, how);
  }

  #isThere(place: Place): boolean {
    return this.#places.get(place.connection.id) === place;
  }

  #placeOf({ connection }: Subscription): Place {
    const place = this.#places.get(connection.id);
    assert(place !== undefined);
    return place;
  }
}

type AccessLost = Extract<RoomEvent, { kind: 'access-lost' }>;

function isLossOf(event: RoomEvent, { connection }: Place): event is AccessLost {
  return event.kind === 'access-lost' && event.userId === connection.user.id;
}

/** Told in its place of the log; nothing later goes to this connection. */
function endRoomMembership(event: AccessLost, place: Place): void {
  const { roomId, reason, sequence } = event;
  broadcast({ kind: 'room-left', roomId, reason, sequence, wasOpen: true }, [place.connection]);
  place.hooks.onAccessLost(place);
}

function keepAnswer({ acknowledgements }: Place, { sequence, run }: Answer): void {
  // A repetition of the same command has the same place.
  const first = acknowledgements.get(sequence);
  acknowledgements.set(sequence, () => {
    first?.();
    run();
  });
}

function answersUpTo({ acknowledgements }: Place, headSequence: number): number[] {
  return acknowledgements
    .keys()
    .filter((sequence) => sequence <= headSequence)
    .sort((a, b) => a - b);
}

function runAcknowledgements(place: Place): void {
  for (const sequence of place.acknowledgements.keys()) acknowledge(place, sequence);
}

function acknowledge(place: Place, sequence: number): void {
  const run = place.acknowledgements.get(sequence);
  place.acknowledgements.delete(sequence);
  run?.();
}
