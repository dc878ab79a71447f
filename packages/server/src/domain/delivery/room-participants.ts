/** The users who have a room open on this node, each once, and the read positions sent for them. */

import assert from 'node:assert/strict';
import type { UserId } from '@parley/protocol';
import type { ChatEvent } from '../../model/client-event.ts';

export type ReadPositionUpdate = Extract<ChatEvent, { kind: 'read-position' }>;

export class RoomParticipants {
  /** Number of subscriptions by user. */
  readonly #subscriptionCounts = new Map<UserId, number>();
  readonly #readPositions = new Map<UserId, ReadPositionUpdate>();

  get count(): number {
    return this.#subscriptionCounts.size;
  }

  *ids(): Iterable<UserId> {
    yield* this.#subscriptionCounts.keys();
  }

  has(userId: UserId): boolean {
    return this.#subscriptionCounts.has(userId);
  }

  /** Returns true for the user's first subscription. */
  enter(userId: UserId): boolean {
    const count = (this.#subscriptionCounts.get(userId) ?? 0) + 1;
    this.#subscriptionCounts.set(userId, count);
    return count === 1;
  }

  /** Returns true for the user's last subscription. */
  leave(userId: UserId): boolean {
    const count = (this.#subscriptionCounts.get(userId) ?? 0) - 1;
    assert(count >= 0);
    if (count > 0) {
      this.#subscriptionCounts.set(userId, count);
      return false;
    }
    this.#subscriptionCounts.delete(userId);
    this.#readPositions.delete(userId);
    return true;
  }

  /** The latest read position that was sent for each user. */
  get readPositions(): Iterable<ReadPositionUpdate> {
    return this.#readPositions.values();
  }

  noteReadPosition(position: ReadPositionUpdate): void {
    if (this.has(position.userId)) this.#readPositions.set(position.userId, position);
  }
}
