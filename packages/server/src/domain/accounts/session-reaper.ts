/** Ends sessions that expired or that an external application has ended, and deletes old records. */

import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { NOTICE_SHOWN_MS } from './account-notices.ts';
import type { ExternalSessions } from './external-sessions.ts';
import type { LiveSessions } from './live-sessions.ts';
import type { Sessions } from './sessions.ts';

const SWEEP_MS = 1000;
/**
 * Maximum time for which a connection outlives a session that the external application has ended.
 */
const EXTERNAL_CHECK_MS = 15_000;
const PURGE_MS = 60 * 60 * 1000;
/** Commits run in between, and every node reads each second's ended sessions for a while. */
const PURGE_PAUSE_MS = 1000;

interface SessionReaperDependencies {
  readonly sessions: Pick<Sessions, 'endExpired' | 'purge'>;
  readonly liveSessions: Pick<LiveSessions, 'saveActivity'>;
  /** Undefined if Parley keeps the sessions itself. */
  readonly externalSessions: Pick<ExternalSessions, 'check' | 'checkEnding'> | undefined;
  readonly accounts: Pick<AccountStore, 'deleteOldAccountNotices' | 'deleteOldAttempts'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
}

export class SessionReaper {
  readonly #dependencies: SessionReaperDependencies;
  #sweepTimer: Timer | undefined;
  #purgeTimer: Timer | undefined;
  #externalTimer: Timer | undefined;
  #isClosed = false;

  constructor(dependencies: SessionReaperDependencies) {
    this.#dependencies = dependencies;
  }

  begin(): void {
    this.#scheduleSweep();
    this.#scheduleExternalCheck();
    this.#schedulePurge();
  }

  close(): void {
    this.#isClosed = true;
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

  #schedulePurge(delayMs = PURGE_MS): void {
    if (this.#isClosed) return;
    const { clock, background } = this.#dependencies;
    this.#purgeTimer = clock.schedule(delayMs, () => background.run(this.#purge()));
  }

  /** Deletes some old records, and the others after a pause. */
  async #purge(): Promise<void> {
    const { clock, sessions, accounts } = this.#dependencies;
    let count = 0;
    try {
      count = (await sessions.purge()) + (await accounts.deleteOldAttempts(clock.nowMs()));
      count += await accounts.deleteOldAccountNotices(clock.nowMs() - NOTICE_SHOWN_MS);
    } finally {
      this.#schedulePurge(count > 0 ? PURGE_PAUSE_MS : PURGE_MS);
    }
  }
}
