/**
 * Blocks users: neither of the two sees the other's presence, and nothing that the blocked user does
 * reaches the other directly. The blocked user does not notice it: the other leaves their direct
 * room without an event, as long as the block lasts.
 */

import { ChatError, type UserId } from '@parley/protocol';
import { directKeyOf } from '../../model/direct-room-identity.ts';
import { cutPage, type Page, type PageRequest } from '../../model/page.ts';
import type { User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { onlyInReach, type ReachDependencies } from '../core/people-in-reach.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { AccessLostAnnouncer } from '../delivery/access-lost-announcer.ts';
import type { DirectRoomFinder } from '../direct/direct-room-finder.ts';
import type { BlockCache } from '../presence/block-cache.ts';
import type { UserPresence } from '../presence/user-presence.ts';

/**
 * Maximum number of blocked users that a node loads for a connected user; the latest blocks are
 * loaded first.
 */
const KNOWN_MAX = 10_000;
/** Maximum number of reads of a user's blocks before the welcome, while blocks keep changing. */
const READS_MAX = 3;
/** Maximum number of blocked users in one listing. */
const LISTED_MAX = 1000;

interface BlockCommandsDependencies extends ReachDependencies {
  readonly accounts: Pick<AccountStore, 'findUser' | 'block' | 'unblock' | 'listBlocked'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly blockCache: Pick<BlockCache, 'forget'>;
  readonly presence: Pick<UserPresence, 'setBlocked' | 'blockChanges'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly directRoomFinder: Pick<DirectRoomFinder, 'restore'>;
  readonly accessLost: Pick<AccessLostAnnouncer, 'announceUnlogged'>;
}

export class BlockCommands {
  readonly #dependencies: BlockCommandsDependencies;

  constructor(dependencies: BlockCommandsDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws {ChatError} NOT_FOUND, RATE_LIMITED, UNAVAILABLE. */
  async block(user: User, blockedId: UserId): Promise<void> {
    const { accounts, blockCache, clock, presence, userLimits } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const other = await onlyInReach(
      this.#dependencies,
      user,
      await accounts.findUser({ kind: 'id', id: blockedId }),
    );
    if (other === undefined || other.id === user.id) {
      throw new ChatError('NOT_FOUND', { field: 'userId' });
    }
    const block = { directKey: directKeyOf(user.id, blockedId), nowMs: clock.nowMs() };
    const roomId = await accounts.block(user.id, blockedId, block);
    blockCache.forget(user.id, blockedId);
    presence.setBlocked({ userId: user.id, otherId: blockedId, isBlocked: true });
    if (roomId !== undefined) this.#dependencies.accessLost.announceUnlogged(user.id, roomId);
  }

  /** Returns whether the user was blocked. @throws {ChatError} RATE_LIMITED, UNAVAILABLE. */
  async unblock(user: User, blockedId: UserId): Promise<boolean> {
    const { accounts, blockCache, presence, userLimits } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const wasBlocked = await accounts.unblock(user.id, blockedId);
    blockCache.forget(user.id, blockedId);
    presence.setBlocked({ userId: user.id, otherId: blockedId, isBlocked: false });
    await this.#dependencies.directRoomFinder.restore(user, blockedId);
    return wasBlocked;
  }

  /** Latest first; `after` is the id of a blocked user. */
  async listBlocked(user: User, page: PageRequest = {}): Promise<Page<User>> {
    const { limit = LISTED_MAX } = page;
    const after = page.after as UserId | undefined; // Another text begins the list again.
    const rows = await this.#dependencies.accounts.listBlocked(user.id, limit + 1, after);
    return cutPage(rows, limit, ({ id }) => id);
  }

  /** Reads again if any block changed meanwhile: it may be one of this user's. */
  async listBlockedIds(userId: UserId): Promise<UserId[]> {
    const { accounts, presence } = this.#dependencies;
    for (let reads = 1; ; reads += 1) {
      const { blockChanges } = presence;
      const blocked = await accounts.listBlocked(userId, KNOWN_MAX);
      const isCurrent = presence.blockChanges === blockChanges;
      if (isCurrent || reads === READS_MAX) return blocked.map(({ id }) => id);
    }
  }
}
