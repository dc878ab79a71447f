/**
 * One room's events on this node, in order.
 *
 * The stream has a head: the highest sequence that it has passed on. It accepts only the
 * next event. Events that arrive early wait above the gap; repeated events are dropped. It follows
 * one log: if the log gets another epoch, as after a failover that lost its end, all clients fetch
 * the room again.
 * Each subscription keeps its own position (`room-subscription.ts`).
 *
 * The stream does not read the store: its owner repairs gaps when `onGap` is called.
 */

import type { Epoch } from '@parley/protocol';
import { eventBytes } from '../../model/page-bytes.ts';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { ClientMemoryBudget } from './client-memory-budget.ts';
import { EncodedEvent } from './fan-out.ts';
import { RecentEvents } from './recent-events.ts';
import { RoomParticipants } from './room-participants.ts';

/** A subscription as far as a stream uses it. */
export interface StreamSubscription<Connection> {
  readonly connection: Connection;
  /** Whether its client has received a snapshot and gets events. */
  readonly isStreaming: boolean;
  /** Handles the next event of the stream. Returns whether the event itself was sent. */
  receive(event: RoomEvent, encoded: EncodedEvent): boolean;
  /** The events below this sequence are no longer in the log. */
  skipTo(firstSequence: number): void;
  /** The log has another epoch: positions in the former one mean nothing. */
  restart(): void;
}

/** A position in a log. The epoch is undefined for the log that the stream follows. */
export interface StreamPosition {
  readonly sequence: number;
  readonly epoch: Epoch | undefined;
}

/** Maximum number of events that wait above a gap; events beyond it are read from the store. */
const AHEAD_MAX = 1000;
/** Maximum bytes of these events. */
const AHEAD_BYTES_MAX = 1024 * 1024;

export class RoomStream<Subscription extends StreamSubscription<unknown>> {
  readonly participants: RoomParticipants;
  readonly #recentEvents: RecentEvents;
  readonly #onGap: () => void;
  readonly #subscriptions = new Set<Subscription>();
  readonly #ahead = new Map<number, RoomEvent>();
  #aheadBytes = 0;
  #room: Room;
  #head: number | undefined;
  /** Whether events were dropped because too many waited. */
  #hasDropped = false;
  #epoch: Epoch | undefined;
  readonly #endedEpochs = new Set<Epoch>();

  constructor(
    room: Room,
    options: {
      /** Maximum number of recent events. */
      readonly tailMax: number;
      readonly budget: Pick<ClientMemoryBudget, 'noteCache'>;
      readonly onGap: () => void;
      readonly participants?: RoomParticipants;
    },
  ) {
    this.#room = room;
    this.participants = options.participants ?? new RoomParticipants();
    this.#recentEvents = new RecentEvents(options.tailMax, options.budget);
    this.#onGap = options.onGap;
  }

  get room(): Room {
    return this.#room;
  }

  /** The settings of the room have changed. */
  changeRoom(change: Partial<Room>): void {
    this.#room = { ...this.#room, ...change };
  }

  /** The highest sequence passed on; undefined until a snapshot has shown the log's head. */
  get head(): number | undefined {
    return this.#head;
  }

  get hasGap(): boolean {
    return this.#ahead.size > 0;
  }

  /** The connections in the room that have received their snapshot. */
  *connections(): Iterable<Subscription['connection']> {
    for (const { isStreaming, connection } of this.#subscriptions) {
      if (isStreaming) yield connection;
    }
  }

  subscribe(subscription: Subscription): void {
    this.#subscriptions.add(subscription);
  }

  unsubscribe(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
  }

  get epoch(): Epoch | undefined {
    return this.#epoch;
  }

  /** Whether the epoch is of another log than the one that the stream follows. */
  isOfOtherLog(epoch: Epoch): boolean {
    return this.#epoch !== undefined && epoch !== this.#epoch;
  }

  /**
   * Follows the log of this epoch. Returns false if the epoch has ended, or perhaps had ended before
   * the stream followed its log: what was read of it does not apply.
   *
   * @param since What `epoch` was when the read began that has found the given one. Epochs have no
   *   order: only a read that began after the stream followed its log shows a later log.
   */
  follow(epoch: Epoch, since?: Epoch): boolean {
    if (epoch === this.#epoch) return true;
    if (this.#endedEpochs.has(epoch)) return false;
    const former = this.#epoch;
    if (former !== since && former !== undefined) return false;
    this.#epoch = epoch;
    if (former === undefined) return true;
    this.#endedEpochs.add(former);
    this.#head = undefined;
    this.#recentEvents.clear();
    this.#ahead.clear();
    this.#aheadBytes = 0;
    for (const subscription of [...this.#subscriptions]) subscription.restart();
    return true;
  }

  /** Accepts an event from the bus or the store. Returns to how many connections it was sent now. */
  accept(event: RoomEvent): number {
    if (!this.follow(event.epoch)) return 0;
    if (this.#head === undefined || event.sequence > this.#head + 1) {
      this.#keepAhead(event);
      return 0;
    }
    if (event.sequence <= this.#head) return 0;
    const count = this.#passOn(event);
    this.#passOnWaiting();
    return count;
  }

  /** Notes the head of a snapshot. The first one shows where the stream begins. */
  learnHead(headSequence: number): void {
    if (this.#head === undefined) {
      this.#head = headSequence;
      this.#dropAheadBelow(headSequence + 1);
      this.#passOnWaiting();
      if (this.#hasDropped) this.#onGap();
      this.#hasDropped = false;
    } else if (headSequence > this.#head) {
      this.#onGap(); // The store has events that the bus has not delivered, and may never deliver.
    }
  }

  /** Whether a subscription can go on from this position without the store. */
  reaches({ sequence, epoch = this.#epoch }: StreamPosition): boolean {
    if (this.#epoch !== undefined && epoch !== this.#epoch) return false;
    if (this.#head === undefined || this.#head <= sequence) return true;
    return this.#recentEvents.reaches(sequence);
  }

  /** The events passed on above a sequence; undefined if memory does not reach back that far. */
  recentEventsAfter(sequence: number, limit?: number): readonly RoomEvent[] | undefined {
    if (!this.#recentEvents.reaches(sequence)) return undefined;
    return this.#recentEvents.after(sequence, limit);
  }

  /**
   * Skips to a sequence: the missing events below it are no longer in the log. Clients that
   * have not had them fetch the room again.
   */
  skipTo(firstSequence: number): void {
    if (this.#head === undefined || this.#head >= firstSequence - 1) return;
    this.#head = firstSequence - 1;
    this.#recentEvents.clear();
    this.#dropAheadBelow(firstSequence);
    for (const subscription of [...this.#subscriptions]) subscription.skipTo(firstSequence);
    this.#passOnWaiting();
  }

  /** Drops the events in memory: events that were deleted from the store must not come from here. */
  forgetRecentEvents(): void {
    this.#recentEvents.clear();
  }

  #keepAhead(event: RoomEvent): void {
    const bytes = eventBytes(event);
    const hasRoom = this.#ahead.size < AHEAD_MAX && this.#aheadBytes + bytes <= AHEAD_BYTES_MAX;
    if (!hasRoom) {
      this.#hasDropped = true;
    } else if (!this.#ahead.has(event.sequence)) {
      this.#ahead.set(event.sequence, event);
      this.#aheadBytes += bytes;
    }
    if (this.#head !== undefined) this.#onGap();
  }

  #takeAhead(sequence: number): RoomEvent | undefined {
    const event = this.#ahead.get(sequence);
    if (event === undefined) return undefined;
    this.#ahead.delete(sequence);
    this.#aheadBytes -= eventBytes(event);
    return event;
  }

  #dropAheadBelow(sequence: number): void {
    for (const waiting of this.#ahead.keys()) {
      if (waiting < sequence) this.#takeAhead(waiting);
    }
  }

  #passOnWaiting(): void {
    while (this.#head !== undefined) {
      const next = this.#takeAhead(this.#head + 1);
      if (next === undefined) break;
      this.#passOn(next);
    }
    if (this.#head !== undefined && this.#ahead.size > 0) this.#onGap();
  }

  #passOn(event: RoomEvent): number {
    this.#head = event.sequence;
    this.#recentEvents.push(event);
    if (event.kind === 'access-lost') {
      this.participants.noteAccessLost(event.userId, event.sequence);
    }
    const encoded = new EncodedEvent({ kind: 'logged', event, room: this.room });
    // Iterating over the set itself is safe: a subscription added meanwhile is loading, and a
    // removed one is skipped.
    let count = 0;
    for (const subscription of this.#subscriptions) {
      if (subscription.receive(event, encoded)) count += 1;
    }
    return count;
  }
}
