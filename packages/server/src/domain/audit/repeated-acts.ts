/** Writes the entries with the numbers of repeated acts: at the start, and every minute. Every node does. */
import type { AuditStore } from '../../ports/audit-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, repeated } from '../primitives/repeated.ts';

const SEARCH_MS = 60 * 1000;
/** Windows in one transaction, for which other writers wait. */
const HOURS_MAX = 100;

interface RepeatedActsDependencies {
  readonly audit: Pick<AuditStore, 'sumRepeatedActs'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
}

export function sumActs(dependencies: RepeatedActsDependencies): Repeated {
  const { audit, clock } = dependencies;
  return repeated(dependencies, SEARCH_MS, async (run) => {
    const sum = () => audit.sumRepeatedActs({ nowMs: clock.nowMs(), hoursMax: HOURS_MAX });
    while ((await sum()) === HOURS_MAX && !run.isClosed);
  });
}
