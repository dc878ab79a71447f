/** Saves when users were last seen: at the end of their presence, and of all users at shutdown. */

import type { UserId } from '@parley/protocol';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';

export interface LastSeen {
  readonly userId: UserId;
  readonly lastSeenAtMs: number;
}

export interface LastSeenSaverDependencies {
  readonly accounts: Pick<AccountStore, 'setLastSeen'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly background: Pick<BackgroundTasks, 'run'>;
}

/** Time limit for saving last-seen times at shutdown: they are not worth a longer wait. */
const SAVING_MS_MAX = 2000;
const SAVED_AT_ONCE = 100;

export class LastSeenSaver {
  readonly #dependencies: LastSeenSaverDependencies;

  constructor(dependencies: LastSeenSaverDependencies) {
    this.#dependencies = dependencies;
  }

  save(user: LastSeen): void {
    this.#dependencies.background.run(this.#store(user));
  }

  /** Saves as many as time allows. */
  saveAll(users: readonly LastSeen[]): void {
    this.#dependencies.background.run(this.#storeAll(users));
  }

  async #storeAll(users: readonly LastSeen[]): Promise<void> {
    const { clock } = this.#dependencies;
    const endsAtMs = clock.monotonicMs() + SAVING_MS_MAX;
    for (let first = 0; first < users.length; first += SAVED_AT_ONCE) {
      if (clock.monotonicMs() >= endsAtMs) return;
      const some = users.slice(first, first + SAVED_AT_ONCE);
      await Promise.all(some.map((user) => this.#store(user)));
    }
  }

  #store({ userId, lastSeenAtMs }: LastSeen): Promise<void> {
    return this.#dependencies.accounts.setLastSeen(userId, lastSeenAtMs);
  }
}
