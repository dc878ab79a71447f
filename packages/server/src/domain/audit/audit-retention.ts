/** Deletes old entries of the audit log: at the start, and every hour. Every node does. */
import type { AuditStore } from '../../ports/audit-store.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';

const SWEEP_MS = 60 * 60 * 1000;
/** Entries in one transaction, for which other writers wait. */
const ENTRIES_MAX = 5000;

interface AuditRetentionDependencies {
  readonly audit: Pick<AuditStore, 'pruneAudit'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
  /** How long entries are kept; 0 keeps them for ever. */
  readonly retentionMs: number;
}

export class AuditRetention {
  readonly #dependencies: AuditRetentionDependencies;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(dependencies: AuditRetentionDependencies) {
    this.#dependencies = dependencies;
  }

  begin(): void {
    const { clock, background, retentionMs } = this.#dependencies;
    if (retentionMs === 0) return;
    const sweep = this.#sweep().finally(() => {
      if (!this.#isClosed) this.#timer = clock.schedule(SWEEP_MS, () => this.begin());
    });
    background.run(sweep);
  }

  /** A running sweep ends after its current step. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  async #sweep(): Promise<void> {
    const { audit, clock, retentionMs } = this.#dependencies;
    let deleted: number;
    do {
      const nowMs = clock.nowMs();
      const cut = { beforeMs: nowMs - retentionMs, entriesMax: ENTRIES_MAX, nowMs };
      deleted = await audit.pruneAudit(cut);
    } while (deleted === ENTRIES_MAX && !this.#isClosed);
  }
}
