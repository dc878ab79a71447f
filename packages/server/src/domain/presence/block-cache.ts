/**
 * Whether one of two users has blocked the other, for typing: a frame per keystroke must not ask the
 * store. A block of another node that has not arrived here counts after the TTL; until then, a
 * connected user who has set it is not shown the indicator.
 */

import type { UserId } from '@parley/protocol';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { TtlCache } from '../primitives/ttl-cache.ts';

const TTL_MS = 5000;
const PAIRS_MAX = 10_000;

type Accounts = Pick<AccountStore, 'isBlockedBetween'>;

export class BlockCache implements Accounts {
  readonly #accounts: Accounts;
  readonly #pairs: TtlCache<boolean>;

  constructor(accounts: Accounts, clock: Pick<Clock, 'monotonicMs'>) {
    this.#accounts = accounts;
    this.#pairs = new TtlCache(clock, { ttlMs: TTL_MS, entriesMax: PAIRS_MAX });
  }

  isBlockedBetween(one: UserId, other: UserId): Promise<boolean> {
    const ask = () => this.#accounts.isBlockedBetween(one, other);
    return this.#pairs.get(keyOf(one, other), ask);
  }

  /** A block between the two was set or removed. */
  forget(one: UserId, other: UserId): void {
    this.#pairs.forget(keyOf(one, other));
  }
}

function keyOf(one: UserId, other: UserId): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
