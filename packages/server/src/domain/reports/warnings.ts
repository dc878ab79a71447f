/** Warnings of moderators: stored until the user has dismissed them, and shown at once if connected. */
import { ChatError, type UserId } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import type { Warning } from '../../model/report.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { broadcast } from '../delivery/fan-out.ts';

interface WarningsDependencies {
  readonly store: Pick<Store, 'reports'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
}

export class Warnings {
  readonly #dependencies: WarningsDependencies;

  constructor(dependencies: WarningsDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws {ChatError} UNAVAILABLE. */
  list(user: ActingUser): Promise<Warning[]> {
    return this.#dependencies.store.reports.listWarnings(user.id);
  }

  /** @throws {ChatError} NOT_FOUND, RATE_LIMITED, UNAVAILABLE. */
  async dismiss(user: ActingUser, id: string): Promise<void> {
    const { store, userLimits } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const wasThere = await store.reports.deleteWarning(user.id, id);
    if (!wasThere) throw new ChatError('NOT_FOUND', { field: 'id' });
  }
}

/** Sends it to the user's connections on this node. */
export function showWarning(
  { connectedUsers }: { readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf'> },
  userId: UserId,
  warning: Warning,
): void {
  broadcast({ kind: 'warning', warning }, connectedUsers.connectionsOf(userId));
}
