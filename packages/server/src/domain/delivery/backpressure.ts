/**
 * What goes out to one connection beside the answers to its commands, by how fast
 * its client reads.
 *
 * Above the soft limit what is of the moment is dropped. Above the hard limit the
 * connection lags: nothing more is pushed, its places in the rooms stay where they
 * are, and once the client has read on it is caught up from there (`catch-up.ts`).
 */

import type { RoomId } from '@parley/protocol';
import type { ClientTransport, EncodedFrame } from '../../ports/client-transport.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { SmallMap } from '../primitives/small-map.ts';

/**
 * `ephemeral`: dropped first, and never missed. `repaired`: dropped where the
 * client lags; a fresh list, or count, follows. `logged`: its place is kept. `direct`: always sent.
 */
export type Delivery = 'ephemeral' | 'repaired' | 'logged' | 'direct';

export interface BackpressureLimits {
  readonly softBufferBytes: number;
  readonly hardBufferBytes: number;
  readonly laggingTimeoutMs: number;
}

export interface BackpressureOwner {
  /** The client lags for longer than the limit. */
  handleLaggedTooLong(): void;
}

export class Backpressure {
  readonly #link: ClientTransport;
  readonly #limits: BackpressureLimits;
  readonly #clock: Clock;
  readonly #staleRooms = new SmallMap<RoomId, true>();
  readonly #owner: BackpressureOwner;
  #deadline: Timer | undefined;

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

  /** Whether what was missed may be pushed now. */
  get hasRoom(): boolean {
    return this.#link.bufferedBytes <= this.#limits.hardBufferBytes;
  }

  /** Whether the frame went out. */
  offer(frame: EncodedFrame, delivery: Delivery): boolean {
    if (delivery !== 'direct') {
      if (!this.hasRoom) this.#lag();
      if (this.isLagging) return false;
      const isFull = this.#link.bufferedBytes > this.#limits.softBufferBytes;
      if (delivery === 'ephemeral' && isFull) return false;
    }
    this.#link.push(frame);
    return true;
  }

  /** Notes that a list of this room, or a count, as the client has it, is no longer right. */
  markStale(roomId: RoomId): void {
    this.#staleRooms.set(roomId, true);
  }

  /** The client has all that it missed. Gives the rooms that are to be told anew. */
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
