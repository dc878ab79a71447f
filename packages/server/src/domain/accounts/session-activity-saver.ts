/** Saves the latest activity of sessions, of many sessions together. */

import type { SessionTouch } from '../../model/session.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { BatchedWork } from '../primitives/batched-work.ts';

const SESSIONS_TOGETHER_MAX = 500;

export class SessionActivitySaver {
  readonly #saving: BatchedWork<string, SessionTouch>;

  constructor(dependencies: {
    readonly store: Pick<SessionStore, 'touchSessions'>;
    readonly clock: Pick<Clock, 'schedule'>;
    readonly background: Pick<BackgroundTasks, 'run'>;
  }) {
    this.#saving = new BatchedWork({
      ...dependencies,
      batchMax: SESSIONS_TOGETHER_MAX,
      run: (touches) => dependencies.store.touchSessions(touches),
    });
  }

  /** Replaces activity of the session that is not saved yet. */
  save(touch: SessionTouch): void {
    this.#saving.add(touch.key, touch);
  }

  close(): void {
    this.#saving.close();
  }
}
