/** Ends sessions that expired or that an external application has ended, and deletes old records. */

import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { ExternalSessions } from './external-sessions.ts';
import type { LiveSessions } from './live-sessions.ts';
import type { Sessions } from './sessions.ts';

const SWEEP_MS = 1000;
/**
 * Maximum time for which a connection outlives a session that the external application has ended.
 */
const EXTERNAL_CHECK_MS = 15_000;
const PURGE_MS = 60 * 60 * 1000;

export interface SessionReaperDependencies {
  readonly sessions: Pick<Sessions, 'endExpired' | 'purge'>;
  readonly liveSessions: Pick<LiveSessions, 'saveActivity'>;
  /** Undefined if Parley keeps the sessions itself. */
  readonly externalSessions: Pick<ExternalSessions, 'check' | 'checkEnding'> | undefined;
  readonly accounts: Pick<AccountStore, 'deleteOldAttempts'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
}

export class SessionReaper {
  readonly #dependencies: SessionReaperDependencies;
  #sweepTimer: Timer | undefined;
  #purgeTimer: Timer | undefined;
  #externalTimer: Timer | undefined;

  constructor(dependencies: SessionReaperDependencies) {
    this.#dependencies = dependencies;
  }

  begin(): void {
    this.#scheduleSweep();
    this.#scheduleExternalCheck();
    this.#schedulePurge();
  }

  close(): void {
    this.#sweepTimer?.cancel();
    this.#purgeTimer?.cancel();
    this.#externalTimer?.cancel();
  }

  #scheduleSweep(): void {
    const { clock, background } = this.#dependencies;
    this.#sweepTimer = clock.schedule(SWEEP_MS, () => {
      background.run(this.#sweep());
      this.#scheduleSweep();
    });
  }

  async #sweep(): Promise<void> {
    const { externalSessions, sessions, liveSessions } = this.#dependencies;
    try {
      await externalSessions?.checkEnding();
    } finally {
      await sessions.endExpired();
      liveSessions.saveActivity();
    }
  }

  #scheduleExternalCheck(): void {
    const { clock, background, externalSessions } = this.#dependencies;
    if (externalSessions === undefined) return;
    this.#externalTimer = clock.schedule(EXTERNAL_CHECK_MS, () => {
      background.run(externalSessions.check().finally(() => this.#scheduleExternalCheck()));
    });
  }

  #schedulePurge(): void {
    const { clock, background, sessions, accounts } = this.#dependencies;
    this.#purgeTimer = clock.schedule(PURGE_MS, () => {
      background.run(sessions.purge());
      background.run(accounts.deleteOldAttempts(clock.nowMs()));
      this.#schedulePurge();
    });
  }
}
