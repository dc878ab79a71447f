/**
 * Decides what is pushed to a connection, besides replies to its commands, by how fast its client
 * reads.
 *
 * Above the soft limit ephemeral events are dropped. Above the hard limit the connection lags:
 * nothing more is pushed and its room positions stay; after the client has read on, it is caught up
 * from there (`slow-consumer-replay.ts`).
 */

import type { RoomId } from '@parley/protocol';
import type { ClientTransport, EncodedFrame } from '../../ports/client-transport.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { SmallMap } from '../primitives/small-map.ts';

/**
 * `ephemeral`: dropped first and never repaired. `repaired`: dropped while the client lags; a fresh
 * list or count follows. `logged`: its position is kept. `direct`: always sent.
 */
export type Delivery = 'ephemeral' | 'repaired' | 'logged' | 'direct';

interface BackpressureLimits {
  readonly softBufferBytes: number;
  readonly hardBufferBytes: number;
  readonly laggingTimeoutMs: number;
}

export interface BackpressureOwner {
  /** The client has lagged longer than the limit. */
  handleLaggedTooLong(): void;
}

export class Backpressure {
  readonly #link: ClientTransport;
  readonly #limits: BackpressureLimits;
  readonly #clock: Clock;
  readonly #staleRooms = new SmallMap<RoomId, true>();
  readonly #owner: BackpressureOwner;
  #deadline: Timer | undefined;
  #isStarted = false;

  constructor(
    link: ClientTransport,
    limits: BackpressureLimits,
    clock: Clock,
    owner: BackpressureOwner,
  ) {
    this.#link = link;
    this.#limits = limits;
    this.#clock = clock;
    this.#owner = owner;
  }

  get isLagging(): boolean {
    return this.#deadline !== undefined;
  }

  /** Whether missed events may be pushed now. */
  get hasCapacity(): boolean {
    return this.#link.bufferedBytes <= this.#limits.hardBufferBytes;
  }

  /** The client was welcomed: `recover` returns what it could not be sent before. */
  start(): void {
    this.#isStarted = true;
  }

  /** Pushes a frame if possible. Returns whether it was pushed. */
  offer(frame: EncodedFrame, delivery: Delivery): boolean {
    if (delivery !== 'direct') {
      if (!this.#isStarted) return false;
      const { bufferedBytes } = this.#link;
      if (bufferedBytes > this.#limits.hardBufferBytes) this.#lag();
      if (this.isLagging) return false;
      if (delivery === 'ephemeral' && bufferedBytes > this.#limits.softBufferBytes) return false;
    }
    this.#link.push(frame);
    return true;
  }

  /** Notes that the client's list or count for this room is outdated. */
  markStale(roomId: RoomId): void {
    this.#staleRooms.set(roomId, true);
  }

  /** The client has everything that it missed. Returns the rooms whose lists must be sent again. */
  recover(): readonly RoomId[] {
    this.#stopWaiting();
    const stale = this.#staleRooms.keys();
    this.#staleRooms.clear();
    return stale;
  }

  close(): void {
    this.#stopWaiting();
    this.#staleRooms.clear();
  }

  #lag(): void {
    this.#deadline ??= this.#clock.schedule(this.#limits.laggingTimeoutMs, () => {
      this.#deadline = undefined;
      this.#owner.handleLaggedTooLong();
    });
  }

  #stopWaiting(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
  }
}
