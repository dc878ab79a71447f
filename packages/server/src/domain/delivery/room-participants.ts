/** The users who have a room open on this node, each once, and the read positions sent for them. */

import assert from 'node:assert/strict';
import type { UserId } from '@parley/protocol';
import type { ChatEvent } from '../../model/client-event.ts';
import { NameOrder } from './name-order.ts';

export type ReadPositionUpdate = Extract<ChatEvent, { kind: 'read-position' }>;

export class RoomParticipants {
  /** Number of subscriptions by user. */
  readonly #subscriptionCounts = new Map<UserId, number>();
  readonly #readPositions = new Map<UserId, ReadPositionUpdate>();
  /** Built when it is first asked for. */
  #order: NameOrder | undefined;
  /** Users who entered or left since the order was last asked for. */
  readonly #changed = new Set<UserId>();

  get count(): number {
    return this.#subscriptionCounts.size;
  }

  *ids(): Iterable<UserId> {
    yield* this.#subscriptionCounts.keys();
  }

  /** Users by username: all of them, or those after a name. */
  byName(after: string | undefined, nameOf: (id: UserId) => string): Iterable<UserId> {
    this.#order ??= new NameOrder(this.ids(), nameOf);
    for (const id of this.#changed) {
      if (this.has(id)) this.#order.add(id, nameOf(id));
      else this.#order.remove(id);
    }
    this.#changed.clear();
    return this.#order.after(after);
  }

  has(userId: UserId): boolean {
    return this.#subscriptionCounts.has(userId);
  }

  /** Returns true for the user's first subscription. */
  enter(userId: UserId): boolean {
    const count = (this.#subscriptionCounts.get(userId) ?? 0) + 1;
    this.#subscriptionCounts.set(userId, count);
    if (count === 1) this.#noteChange(userId);
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
    this.#noteChange(userId);
    return true;
  }

  #noteChange(userId: UserId): void {
    if (this.#order !== undefined) this.#changed.add(userId);
  }

  /** The latest read position that was sent for each user. */
  get readPositions(): Iterable<ReadPositionUpdate> {
    return this.#readPositions.values();
  }

  noteReadPosition(position: ReadPositionUpdate): void {
    if (this.has(position.userId)) this.#readPositions.set(position.userId, position);
  }
}
