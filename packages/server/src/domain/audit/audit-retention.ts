/** Deletes old entries of the audit log: at the start, and every hour. Every node does. */
import type { AuditStore } from '../../ports/audit-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, type Run, repeated } from '../primitives/repeated.ts';

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

export function pruneAuditLog(dependencies: AuditRetentionDependencies): Repeated {
  return repeated(dependencies, SWEEP_MS, (run) => sweep(dependencies, run));
}

async function sweep(
  { audit, clock, retentionMs }: AuditRetentionDependencies,
  run: Run,
): Promise<void> {
  if (retentionMs === 0) return;
  let deleted: number;
  do {
    const nowMs = clock.nowMs();
    const cut = { beforeMs: nowMs - retentionMs, entriesMax: ENTRIES_MAX, nowMs };
    deleted = await audit.pruneAudit(cut);
  } while (deleted === ENTRIES_MAX && !run.isClosed);
}
