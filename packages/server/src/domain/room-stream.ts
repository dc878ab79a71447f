/**
 * One room's events on this node, in order, to the connections that have it open.
 *
 * How to think about it: the stream has a head, the highest sequence it has
 * passed on, and takes the next one only. What comes early waits above the hole;
 * what comes again is dropped. A participant has a position of its own. One that
 * joins is held at first: it gets a snapshot up to some head, then from the tail
 * what the stream has passed on since, and from then on what everybody gets. So
 * nothing is missed between the two, and nothing comes twice.
 *
 * It reads no store: whoever owns it repairs holes when it asks.
 */
import assert from 'node:assert/strict';
import type { ConnectionId, UserId } from '@parley/protocol';
import type { Room, RoomEvent } from '../ports/model.ts';
import type { ChatConnection } from './connection.ts';
import { Notice, tell } from './tell.ts';

/** A connection that has the room open. */
export interface Participant {
  readonly connection: ChatConnection;
  readonly stream: RoomStream;
}

interface Place extends Participant {
  /** Held until its snapshot is out. */
  isLive: boolean;
  /** Whether it counts among those who are in the room. */
  hasEntered: boolean;
  position: number;
  /** What to call in place of an event, by its sequence. */
  readonly acknowledgements: Map<number, () => void>;
  /** Called when the person's access ends, after they were told: it lets the connection go. */
  readonly onAccessLost: (participant: Participant) => void;
}

/** Events that wait above a hole; beyond it they are read from the store, as all of a hole is. */
const AHEAD_MAX = 1000;

export class RoomStream {
  readonly room: Room;
  readonly #tailMax: number;
  readonly #onHole: (stream: RoomStream) => void;
  readonly #places = new Map<ConnectionId, Place>();
  readonly #connectionsOf = new Map<UserId, number>();
  readonly #ahead = new Map<number, RoomEvent>();
  #tail: RoomEvent[] = [];
  #head: number | undefined;

  constructor(
    room: Room,
    options: { readonly tailMax: number; readonly onHole: (stream: RoomStream) => void },
  ) {
    this.room = room;
    this.#tailMax = options.tailMax;
    this.#onHole = options.onHole;
  }

  /** The highest sequence passed on; undefined until a snapshot has told where the log stands. */
  get head(): number | undefined {
    return this.#head;
  }

  get hasHole(): boolean {
    return this.#ahead.size > 0;
  }

  /** How many people are in the room, each counted once. */
  get memberCount(): number {
    return this.#connectionsOf.size;
  }

  /** Those who are in the room and have had their snapshot. */
  *connections(): Iterable<ChatConnection> {
    for (const place of this.#places.values()) if (place.isLive) yield place.connection;
  }

  /** Those who are in the room, each person once. */
  *memberIds(): Iterable<UserId> {
    yield* this.#connectionsOf.keys();
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

  /** Takes a connection in, held until `start`. One that is there is held again. */
  hold(connection: ChatConnection, onAccessLost: (participant: Participant) => void): Participant {
    const there = this.#places.get(connection.id);
    if (there !== undefined) {
      there.isLive = false;
      return there;
    }
    const place: Place = {
      connection,
      stream: this,
      isLive: false,
      hasEntered: false,
      position: 0,
      acknowledgements: new Map(),
      onAccessLost,
    };
    this.#places.set(connection.id, place);
    return place;
  }

  /** Whether the tail reaches back to a snapshot of this head. */
  reaches(headSequence: number): boolean {
    if (this.#head === undefined || this.#head <= headSequence) return true;
    const oldest = this.#tail[0];
    return oldest !== undefined && oldest.sequence <= headSequence + 1;
  }

  /** Counts the person as being in the room. True for their first connection. */
  enter(participant: Participant): boolean {
    const place = this.#placeOf(participant);
    if (place.hasEntered) return false;
    place.hasEntered = true;
    const { id } = place.connection.user;
    const count = (this.#connectionsOf.get(id) ?? 0) + 1;
    this.#connectionsOf.set(id, count);
    return count === 1;
  }

  /** Goes live: passes on what came since the snapshot of this head, which is already sent. */
  start(participant: Participant, headSequence: number): void {
    assert(this.reaches(headSequence));
    const place = this.#placeOf(participant);
    place.position = headSequence;
    place.isLive = true;
    for (const sequence of [...place.acknowledgements.keys()].sort((a, b) => a - b)) {
      if (sequence <= headSequence) acknowledge(place, sequence);
    }
    this.#learnHead(headSequence);
    for (const event of this.#tail) {
      // An event on the way may have ended the person's access.
      if (this.#places.get(place.connection.id) !== place) return;
      deliver(event, place, new Notice({ kind: 'logged', event }));
    }
  }

  /** Undoes `hold` where the snapshot failed: goes on as before. False where that cannot be. */
  unhold(participant: Participant): boolean {
    const place = this.#placeOf(participant);
    if (!place.hasEntered || !this.reaches(place.position)) return false;
    this.start(place, place.position);
    return true;
  }

  /** Lets a connection go. True where it was the person's last one that had entered. */
  release(participant: Participant): boolean {
    const place = this.#places.get(participant.connection.id);
    if (place === undefined) return false;
    this.#places.delete(place.connection.id);
    for (const sequence of [...place.acknowledgements.keys()]) acknowledge(place, sequence);
    if (!place.hasEntered) return false;
    const { id } = place.connection.user;
    const count = (this.#connectionsOf.get(id) ?? 0) - 1;
    assert(count >= 0);
    if (count > 0) this.#connectionsOf.set(id, count);
    else this.#connectionsOf.delete(id);
    return count === 0;
  }

  /**
   * Calls `run` in place of event `sequence` in the connection's stream: after all
   * below it, before all above. At once where the connection is past it or gone.
   */
  acknowledgeAt(connection: ChatConnection, sequence: number, run: () => void): void {
    const place = this.#places.get(connection.id);
    if (place === undefined || (place.isLive && place.position >= sequence)) run();
    else place.acknowledgements.set(sequence, run);
  }

  #keepAhead(event: RoomEvent): void {
    if (this.#ahead.size < AHEAD_MAX) this.#ahead.set(event.sequence, event);
    if (this.#head !== undefined) this.#onHole(this);
  }

  #learnHead(headSequence: number): void {
    if (this.#head === undefined) {
      this.#head = headSequence;
      for (const sequence of this.#ahead.keys()) {
        if (sequence <= headSequence) this.#ahead.delete(sequence);
      }
      this.#passOnWaiting();
    } else if (headSequence > this.#head) {
      this.#onHole(this); // The store has what the bus has not brought: perhaps it never will.
    }
  }

  #passOnWaiting(): void {
    while (this.#head !== undefined) {
      const next = this.#ahead.get(this.#head + 1);
      if (next === undefined) break;
      this.#ahead.delete(next.sequence);
      this.#passOn(next);
    }
    if (this.#head !== undefined && this.#ahead.size > 0) this.#onHole(this);
  }

  #passOn(event: RoomEvent): number {
    this.#head = event.sequence;
    this.#tail.push(event);
    // Cut seldom and by half: an array is no queue.
    if (this.#tail.length >= 2 * this.#tailMax) this.#tail = this.#tail.slice(-this.#tailMax);
    const notice = new Notice({ kind: 'logged', event });
    // Going over the map itself is safe: one who comes in meanwhile is held, one who goes is skipped.
    let count = 0;
    for (const place of this.#places.values()) {
      if (place.isLive && deliver(event, place, notice)) count += 1;
    }
    return count;
  }

  #placeOf({ connection }: Participant): Place {
    const place = this.#places.get(connection.id);
    assert(place !== undefined);
    return place;
  }
}

/** Whether the event itself went out: not to one who is past it, nor where an acknowledgement stands for it. */
function deliver(event: RoomEvent, place: Place, notice: Notice): boolean {
  if (event.sequence <= place.position) return false;
  place.position = event.sequence;
  if (place.acknowledgements.has(event.sequence)) {
    acknowledge(place, event.sequence);
    return false;
  }
  if (event.kind === 'access-lost' && event.userId === place.connection.user.id) {
    endAccess(event, place);
    return true;
  }
  notice.sendTo(place.connection);
  return true;
}

/** Told in its place of the log; nothing later goes to this connection. */
function endAccess(event: Extract<RoomEvent, { kind: 'access-lost' }>, place: Place): void {
  const { roomId, reason, sequence } = event;
  tell({ kind: 'room-left', roomId, reason, sequence }, [place.connection]);
  place.onAccessLost(place);
}

function acknowledge(place: Place, sequence: number): void {
  const run = place.acknowledgements.get(sequence);
  place.acknowledgements.delete(sequence);
  run?.();
}
