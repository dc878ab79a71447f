/**
 * Ends channel memberships of users who are no longer members of the workspace, which a removal that
 * failed halfway left behind.
 */

import type { UserId, WorkspaceId } from '@parley/protocol';
import type { StrayMembership } from '../../model/channel.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { MembershipRemoval } from '../rooms/membership-removal.ts';

/** Number of memberships that are ended at once. */
const STRAY_PAGE = 100;
/** Interval between two attempts to finish removals that failed. */
const RETRY_MS = 10_000;
/** Maximum number of removals tried again; the next start finishes those above it. */
const UNFINISHED_MAX = 1000;

interface Removal {
  readonly workspaceId: WorkspaceId;
  readonly subjectId: UserId;
}

interface StrayMembershipsDependencies {
  readonly store: Pick<Store, 'accounts' | 'workspaces'>;
  readonly memberships: Pick<MembershipRemoval, 'endAdmitted'>;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly background: BackgroundTasks;
}

export class StrayMemberships {
  readonly #dependencies: StrayMembershipsDependencies;
  /** By workspace and user. */
  readonly #unfinished = new Map<string, Removal>();
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(dependencies: StrayMembershipsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Finishes the removals of earlier runs. */
  async begin(): Promise<void> {
    const { workspaces } = this.#dependencies.store;
    await this.#end(() => workspaces.listStrayMemberships(STRAY_PAGE));
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /**
   * Ends the memberships of one user in the channels of one workspace. If that fails, it is tried
   * again until it succeeds.
   *
   * @throws {ChatError} UNAVAILABLE.
   */
  async endOf(removal: Removal): Promise<void> {
    const { workspaceId, subjectId } = removal;
    const { workspaces } = this.#dependencies.store;
    const key = `${workspaceId} ${subjectId}`;
    try {
      await this.#end(() => workspaces.listStrayMembershipsOf(subjectId, workspaceId, STRAY_PAGE));
      this.#unfinished.delete(key);
    } catch (error) {
      if (this.#unfinished.size < UNFINISHED_MAX) this.#unfinished.set(key, removal);
      this.#retryLater();
      throw error;
    }
  }

  #retryLater(): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#timer = this.#dependencies.clock.schedule(RETRY_MS, () => {
      this.#timer = undefined;
      this.#dependencies.background.run(this.#retry());
    });
  }

  /** Ends at the first failure: the others would probably fail too. */
  async #retry(): Promise<void> {
    for (const removal of [...this.#unfinished.values()]) await this.endOf(removal);
  }

  async #end(list: () => Promise<readonly StrayMembership[]>): Promise<void> {
    const { store } = this.#dependencies;
    for (;;) {
      const stray = await list();
      for (const { roomId, userId: subjectId } of stray) {
        const user = await store.accounts.findUser({ kind: 'id', id: subjectId });
        if (user === undefined) continue;
        // In the user's own name, which needs no permission: users who are not members can do
        // nothing else in the room.
        const author = { user, connection: undefined };
        const end = { roomId, subjectId, reason: 'removed' } as const;
        await this.#dependencies.memberships.endAdmitted(author, end);
      }
      if (stray.length < STRAY_PAGE) return;
    }
  }
}
