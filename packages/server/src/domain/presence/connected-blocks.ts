/** Whom the connected users have blocked, in memory: of this node, and as other nodes report it. */

import type { UserId } from '@parley/protocol';
import type { PresenceRecord } from '../../model/bus-message.ts';
import { SmallSet } from '../primitives/small-set.ts';

export class ConnectedBlocks {
  readonly #blockedBy = new Map<UserId, SmallSet<UserId>>();
  readonly #recordsElsewhere: (userId: UserId) => readonly Pick<PresenceRecord, 'blockedIds'>[];
  #changes = 0;

  /** @param recordsElsewhere Returns the records of a user that other nodes have sent. */
  constructor(recordsElsewhere: (userId: UserId) => readonly Pick<PresenceRecord, 'blockedIds'>[]) {
    this.#recordsElsewhere = recordsElsewhere;
  }

  /** Adds a user of this node. */
  addUser(userId: UserId, blocked: Iterable<UserId>): void {
    const own = new SmallSet<UserId>();
    for (const otherId of blocked) own.add(otherId);
    this.#blockedBy.set(userId, own);
  }

  removeUser(userId: UserId): void {
    this.#blockedBy.delete(userId);
  }

  /** The users whom a user of this node has blocked. */
  blockedBy(userId: UserId): UserId[] {
    return [...(this.#blockedBy.get(userId) ?? [])];
  }

  set(userId: UserId, otherId: UserId, isBlocked: boolean): void {
    this.#changes += 1;
    const blocked = this.#blockedBy.get(userId);
    if (isBlocked) blocked?.add(otherId);
    else blocked?.delete(otherId);
  }

  /** Increases with every block that is set or removed. */
  get changes(): number {
    return this.#changes;
  }

  /** Whether one of the two users has blocked the other. */
  isBetween(one: UserId, other: UserId): boolean {
    return this.#hasBlocked(one, other) || this.#hasBlocked(other, one);
  }

  #hasBlocked(userId: UserId, otherId: UserId): boolean {
    const blocked = this.#blockedBy.get(userId);
    if (blocked !== undefined) return blocked.has(otherId);
    return this.#recordsElsewhere(userId).some(({ blockedIds }) => blockedIds.includes(otherId));
  }
}
