/** Saves when users were last seen: at the end of their presence, and of all users at shutdown. */

import type { UserId } from '@parley/protocol';
import type { LastSeen } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { BatchedWork } from '../primitives/batched-work.ts';

interface LastSeenSaverDependencies {
  readonly accounts: Pick<AccountStore, 'setLastSeen'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'schedule'>;
  readonly background: Pick<BackgroundTasks, 'run'>;
}

/** Time limit for saving last-seen times at shutdown: they are not worth a longer wait. */
const SAVING_MS_MAX = 2000;
const USERS_TOGETHER_MAX = 100;

export class LastSeenSaver {
  readonly #dependencies: LastSeenSaverDependencies;
  readonly #saving: BatchedWork<UserId, LastSeen>;

  constructor(dependencies: LastSeenSaverDependencies) {
    this.#dependencies = dependencies;
    this.#saving = new BatchedWork({
      ...dependencies,
      batchMax: USERS_TOGETHER_MAX,
      run: (users) => dependencies.accounts.setLastSeen(users),
    });
  }

  save(user: LastSeen): void {
    this.#saving.add(user.userId, user);
  }

  /** Saves as many as time allows, at the end of the process. */
  saveAll(users: readonly LastSeen[]): void {
    this.#saving.close();
    this.#dependencies.background.run(this.#storeAll(users));
  }

  async #storeAll(users: readonly LastSeen[]): Promise<void> {
    const { accounts, clock } = this.#dependencies;
    const endsAtMs = clock.monotonicMs() + SAVING_MS_MAX;
    for (let first = 0; first < users.length; first += USERS_TOGETHER_MAX) {
      if (clock.monotonicMs() >= endsAtMs) return;
      await accounts.setLastSeen(users.slice(first, first + USERS_TOGETHER_MAX));
    }
  }
}
