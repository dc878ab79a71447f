/**
 * One connection's subscription to a room: up to which event its client has the room, and which
 * acknowledgements take the place of events.
 *
 * The room's stream offers every event; the subscription sends the one that follows its
 * position and no other, so none is missed or repeated. A client begins with a snapshot up to some
 * head; `start` then sends from the recent events what the stream has passed on since.
 */

import assert from 'node:assert/strict';
import type { Epoch, RoomId } from '@parley/protocol';
import type { RoomEvent, RoomLeftReason } from '../../model/room-event.ts';
import type { User } from '../../model/user.ts';
import type { Timer } from '../../ports/clock.ts';
import { SmallMap } from '../primitives/small-map.ts';
import { broadcast, EncodedEvent, type Recipient } from './fan-out.ts';
import type { RoomStream, StreamPosition, StreamSubscription } from './room-stream.ts';

/** A connection as far as subscriptions use it. */
export interface Subscriber extends Recipient {
  readonly user: Pick<User, 'id' | 'username'>;
  /** The user appears offline. */
  readonly isInvisible?: boolean;
}

/**
 * - `loading`: gets no events until its snapshot is sent.
 * - `live`: has every event up to the head of the stream.
 * - `lagging`: its client reads too slowly; `receiveMissed` sends what it misses.
 * - `suspended`: was too far behind; gets no events until the client opens the room again, while
 *   the user still counts as a participant.
 * - `closed`: gets nothing more.
 */
export type SubscriptionState = 'loading' | 'live' | 'lagging' | 'suspended' | 'closed';

const TRANSITIONS: Readonly<Record<SubscriptionState, readonly SubscriptionState[]>> =
  Object.freeze({
    loading: ['live', 'suspended', 'closed'],
    live: ['loading', 'lagging', 'suspended', 'closed'],
    lagging: ['loading', 'live', 'suspended', 'closed'],
    suspended: ['loading', 'closed'],
    closed: [],
  });

/** Answers a command whose event is in the log, perhaps in place of the event, or in a former log. */
export type Acknowledge = (outcome: 'stored' | 'in-place' | 'lost') => void;

export interface SubscriptionOwner<Subscription> {
  /** Maximum number of events that a subscription may be behind. */
  readonly behindMax: number;
  /** The user lost access at this event and was informed: close the subscription. */
  handleAccessLost(subscription: Subscription, sequence: number): void;
  /** The subscription is too far behind to catch up: suspend it. */
  handleTooFarBehind(subscription: Subscription): void;
}

export class RoomSubscription<Connection extends Subscriber>
  implements StreamSubscription<Connection>
{
  readonly connection: Connection;
  readonly roomId: RoomId;
  readonly #owner: SubscriptionOwner<RoomSubscription<Connection>>;
  /** Called in place of sending an event, by the event's sequence. */
  readonly #acknowledgements = new SmallMap<number, Acknowledge>();
  #state: SubscriptionState = 'loading';
  #stream: RoomStream<RoomSubscription<Connection>> | undefined;
  /** Undefined while the client does not have the room open: until its first snapshot. */
  #position: number | undefined;
  /** The position at which the client was last sent a list of the participants. */
  #listedAt: number | undefined;
  /** The log that the position belongs to. */
  #epoch: Epoch | undefined;
  #isParticipant = false;
  /** The client asked to end the membership: the answer takes the place of the event. */
  #expectsLeave = false;
  /** Runs while it is suspended. */
  #expiry: Timer | undefined;
  /** Created only if a command waits for the stream. */
  #attached: PromiseWithResolvers<void> | undefined;

  constructor(
    connection: Connection,
    roomId: RoomId,
    owner: SubscriptionOwner<RoomSubscription<Connection>>,
  ) {
    this.connection = connection;
    this.roomId = roomId;
    this.#owner = owner;
  }

  get state(): SubscriptionState {
    return this.#state;
  }

  /** @throws if the subscription waits for its stream: then it is not `isActive`. */
  get stream(): RoomStream<RoomSubscription<Connection>> {
    assert(this.#stream !== undefined);
    return this.#stream;
  }

  get hasStream(): boolean {
    return this.#stream !== undefined;
  }

  /** Whether the room is open on the connection, or is being opened. */
  get isActive(): boolean {
    return this.hasStream && this.#state !== 'suspended' && this.#state !== 'closed';
  }

  /** Resolves when a room that an event opens has its stream, or is closed; undefined if it has. */
  whenAttached(): Promise<void> | undefined {
    if (this.hasStream || this.#state === 'closed') return undefined;
    this.#attached ??= Promise.withResolvers();
    return this.#attached.promise;
  }

  /** Whether the client has the room open: from its first snapshot on. */
  get isOpen(): boolean {
    return this.#position !== undefined;
  }

  /** Whether its user counts as being in the room because of it. */
  get isParticipant(): boolean {
    return this.#isParticipant;
  }

  get isStreaming(): boolean {
    return this.#state === 'live' || this.#state === 'lagging';
  }

  /** The sequence up to which the client has the room. */
  get position(): number {
    return this.#position ?? 0;
  }

  expectLeave(isExpected: boolean): void {
    this.#expectsLeave = isExpected;
  }

  /** Whether its client was sent a list of the participants behind this event. */
  wasListedBehind(sequence: number): boolean {
    return this.#listedAt !== undefined && this.#listedAt >= sequence;
  }

  /** The client is sent a list of the participants; its snapshot has one, too. */
  noteListed(): void {
    this.#listedAt = this.#position;
  }

  /** Subscribes to the room's stream. */
  attach(stream: RoomStream<RoomSubscription<Connection>>): void {
    assert(this.#state === 'loading' && this.#stream === undefined);
    this.#stream = stream;
    stream.subscribe(this);
    this.#attached?.resolve();
  }

  /** Gets no events until `start` or `resume`: the client requests the room again. */
  load(): void {
    this.#transition('loading');
    this.#expiry?.cancel();
    this.#expiry = undefined;
  }

  /** Counts the user as a participant. Returns true for the user's first subscription. */
  enter(): boolean {
    if (this.#isParticipant) return false;
    this.#isParticipant = true;
    const { user, isInvisible } = this.connection;
    return this.stream.participants.enter(user, isInvisible);
  }

  /**
   * The user appears offline from now on, or no longer does. Returns whether the user leaves or enters
   * the room for the others.
   */
  followVisibility(): boolean {
    if (!this.#isParticipant) return false;
    const { user, isInvisible = false } = this.connection;
    return this.stream.participants.setInvisible(user, isInvisible);
  }

  /** Goes live: sends what followed the snapshot of this head, which was already sent. */
  start(head: StreamPosition): void {
    assert(this.stream.reaches(head));
    if (head.epoch !== undefined) this.stream.follow(head.epoch);
    const { sequence: headSequence } = head;
    this.#transition('live');
    this.#position = headSequence;
    this.noteListed();
    this.#epoch = this.stream.epoch;
    for (const sequence of this.#acknowledgementsUpTo(headSequence)) this.#acknowledge(sequence);
    this.stream.learnHead(headSequence);
    for (const event of this.stream.recentEventsAfter(headSequence) ?? []) {
      // An event among these may have ended the user's access.
      if (!this.isStreaming) return;
      this.#pass(event, this.#encode(event));
    }
  }

  /** Undoes `load` after a failed snapshot: goes on as before. Returns false if it cannot. */
  resume(): boolean {
    if (this.#position === undefined) return false;
    const position = { sequence: this.#position, epoch: this.#epoch };
    if (!this.stream.reaches(position)) return false;
    this.start(position);
    return true;
  }

  /** Gets no events until the client opens the room again, or until `expiry`. */
  suspend(expiry: Timer): void {
    this.#transition('suspended');
    this.#position = undefined;
    this.#expiry = expiry;
    this.#acknowledgeAll();
  }

  /** Returns true if it was the last subscription of a participant. */
  close(): boolean {
    this.#transition('closed');
    this.#attached?.resolve();
    this.#position = undefined;
    this.#expiry?.cancel();
    this.#stream?.unsubscribe(this);
    this.#acknowledgeAll();
    return this.#isParticipant && this.stream.participants.leave(this.connection.user);
  }

  /** The user lost access without an event of the log. */
  endAccess(reason: RoomLeftReason): void {
    const { roomId, position: sequence, connection } = this;
    const left = { kind: 'room-left', roomId, reason, sequence, wasOpen: true } as const;
    if (this.isOpen) broadcast(left, [connection]);
    this.#owner.handleAccessLost(this, sequence);
  }

  receive(event: RoomEvent, encoded: EncodedEvent): boolean {
    if (this.isStreaming) return this.#pass(event, encoded);
    if (this.#state === 'suspended' && this.#endsAccess(event)) {
      this.#owner.handleAccessLost(this, event.sequence);
    }
    return false;
  }

  /**
   * Sends an event that the subscription missed. It sends nothing out of order, and nothing that
   * the stream itself has not passed on: the store may already know a later event whose author's
   * acknowledgement is still on its way.
   */
  receiveMissed(event: RoomEvent): void {
    if (this.#state !== 'lagging' || event.sequence > (this.stream.head ?? 0)) return;
    this.#pass(event, this.#encode(event, { isMissed: true }));
  }

  skipTo(firstSequence: number): void {
    if (this.isStreaming && this.position < firstSequence - 1) this.#owner.handleTooFarBehind(this);
  }

  restart(): void {
    this.#acknowledgeAll('lost');
    // Also while it loads again: until its snapshot is sent, the client has the former log.
    if (this.isOpen) this.#owner.handleTooFarBehind(this);
  }

  /**
   * Calls `run` in place of event `sequence`: after all events below it, before all events above
   * it. Calls it at once if the client has that event, or does not have the room open and is not
   * opening it, and if the log ends first.
   */
  acknowledgeAt(sequence: number, run: Acknowledge): void {
    const isPast = this.#position !== undefined && this.#position >= sequence;
    if (isPast || this.#state === 'suspended' || this.#state === 'closed') {
      run('stored');
      return;
    }
    // A repeated command has the same position.
    const first = this.#acknowledgements.get(sequence);
    this.#acknowledgements.set(sequence, first === undefined ? run : inTurn(first, run));
  }

  /**
   * Before a snapshot of this head: sends the acknowledgements that it includes, each in its
   * position if the client has the room open. Returns false if that is not possible now.
   */
  acknowledgeUpTo(headSequence: number): boolean {
    const due = this.#acknowledgementsUpTo(headSequence);
    const last = due.at(-1);
    if (last === undefined) return true;
    if (this.#position === undefined) {
      for (const sequence of due) this.#acknowledge(sequence);
      return true;
    }
    for (const event of this.stream.recentEventsAfter(this.#position) ?? []) {
      if (event.sequence > last || this.#state !== 'loading') break;
      this.#pass(event, this.#encode(event));
    }
    return this.position >= last;
  }

  /**
   * Sends the event if it is the next one, or the acknowledgement that takes its place. Returns
   * whether the event itself was sent.
   */
  #pass(event: RoomEvent, encoded: EncodedEvent): boolean {
    const { sequence } = event;
    if (sequence <= this.position) return false;
    const isNext = sequence === this.position + 1;
    if (isNext && this.#acknowledgements.has(sequence)) {
      this.#moveTo(sequence);
      this.#acknowledge(sequence, 'in-place');
      return false;
    }
    if (isNext && this.#endsAccess(event)) {
      this.#moveTo(sequence);
      const { roomId, reason } = event;
      // Sent in its position of the log; nothing later goes to this connection.
      if (!this.#expectsLeave || reason !== 'left') {
        const left = { kind: 'room-left', roomId, reason, sequence, wasOpen: true } as const;
        broadcast(left, [this.connection]);
      }
      this.#owner.handleAccessLost(this, sequence);
      return true;
    }
    if (isNext && encoded.sendTo(this.connection)) {
      this.#moveTo(sequence);
      return true;
    }
    if (this.#state === 'live') this.#transition('lagging');
    if (sequence - this.position > this.#owner.behindMax) this.#owner.handleTooFarBehind(this);
    return false;
  }

  #moveTo(sequence: number): void {
    this.#position = sequence;
    if (this.#state === 'lagging' && sequence >= (this.stream.head ?? 0)) this.#transition('live');
  }

  #endsAccess(event: RoomEvent): event is Extract<RoomEvent, { kind: 'access-lost' }> {
    return event.kind === 'access-lost' && event.userId === this.connection.user.id;
  }

  #encode(
    event: RoomEvent,
    options: ConstructorParameters<typeof EncodedEvent>[1] = {},
  ): EncodedEvent {
    return new EncodedEvent({ kind: 'logged', event, room: this.stream.room }, options);
  }

  #acknowledgementsUpTo(headSequence: number): number[] {
    return this.#acknowledgements
      .keys()
      .filter((sequence) => sequence <= headSequence)
      .sort((a, b) => a - b);
  }

  #acknowledgeAll(outcome: Parameters<Acknowledge>[0] = 'stored'): void {
    for (const sequence of this.#acknowledgementsUpTo(Number.POSITIVE_INFINITY)) {
      this.#acknowledge(sequence, outcome);
    }
  }

  #acknowledge(sequence: number, outcome: Parameters<Acknowledge>[0] = 'stored'): void {
    const run = this.#acknowledgements.get(sequence);
    this.#acknowledgements.delete(sequence);
    run?.(outcome);
  }

  #transition(to: SubscriptionState): void {
    assert(TRANSITIONS[this.#state].includes(to), `A subscription went ${this.#state} -> ${to}`);
    this.#state = to;
  }
}

function inTurn(first: Acknowledge, second: Acknowledge): Acknowledge {
  return (outcome) => {
    first(outcome);
    second(outcome);
  };
}
