/**
 * Notes the end of suspensions, at the start and every minute; every node does. Reads of people compare the time
 * themselves; rooms count their members by what is noted.
 */
import type { Clock } from '../../ports/clock.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, repeated } from '../primitives/repeated.ts';

const SWEEP_MS = 60 * 1000;
/** Accounts that are read at once. */
const PAGE_LENGTH = 100;
/** Between two ends, which lock the audit log. */
const PAUSE_MS = 20;

interface EndedSuspensionsDependencies {
  readonly sessionStore: Pick<SessionStore, 'endSuspension' | 'listEndedSuspensions'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
}

export function endSuspensions(dependencies: EndedSuspensionsDependencies): Repeated {
  const { sessionStore, clock } = dependencies;
  return repeated(dependencies, SWEEP_MS, async (run) => {
    let ids: readonly unknown[];
    do {
      const found = await sessionStore.listEndedSuspensions(clock.nowMs(), PAGE_LENGTH);
      for (const id of found) {
        if (run.isClosed) return;
        await sessionStore.endSuspension(id, clock.nowMs());
        await run.pause(PAUSE_MS);
      }
      ids = found;
    } while (ids.length === PAGE_LENGTH);
  });
}
