/**
 * Tells users about reminders that are due. Every node looks for them; the store gives each to one node.
 * A reminder stays marked in the store until the user has seen it: it is sent once, and never lost.
 */
import type { Reminder } from '../../model/saved-message.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, repeated } from '../primitives/repeated.ts';

const SEARCH_MS = 5000;
/** Reminders of one step. */
const STEP_MAX = 100;

interface RemindersDependencies {
  readonly store: Pick<Store, 'saved'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'send'>;
  readonly clock: Pick<Clock, 'nowMs' | 'schedule'>;
  readonly background: BackgroundTasks;
}

export function remindInTime(dependencies: RemindersDependencies): Repeated {
  const { store, connectedUsers, clock } = dependencies;
  return repeated(dependencies, SEARCH_MS, async (run) => {
    while (!run.isClosed) {
      const nowMs = clock.nowMs();
      // A read: an idle server writes nothing.
      if (!(await store.saved.hasDueReminder(nowMs))) return;
      const due = await store.saved.takeDueReminders({ nowMs, limit: STEP_MAX });
      for (const reminder of due) {
        showReminder(dependencies, reminder);
        connectedUsers.send(reminder.userId, { kind: 'reminder', reminder });
      }
      if (due.length < STEP_MAX) return;
    }
  });
}

/** Sends it to the user's connections on this node. */
export function showReminder(
  { connectedUsers }: { readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf'> },
  reminder: Reminder,
): void {
  broadcast({ kind: 'reminder', reminder }, connectedUsers.connectionsOf(reminder.userId));
}
