/**
 * Does in steps what remains after the deletion of an account, or after the removal of a user's messages
 * was requested: ends memberships, and deletes messages in all rooms. Every node looks for it; the
 * store gives each removal to one of them. A node that ends in between leaves it to the next search.
 */

import type { MessageId, RoomId } from '@parley/protocol';
import type { Removal, RemovalProgress } from '../../model/removal.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { LogWriter } from '../delivery/log-writer.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, type Run, repeated } from '../primitives/repeated.ts';
import type { MembershipRemoval } from '../rooms/membership-removal.ts';
import { ignoreDone, removeMessage } from './remove-message.ts';

const SEARCH_MS = 2000;
/** A node that has not noted progress for so long has ended. */
const GIVEN_UP_MS = 30_000;
const SAVE_MS = 5000;
const ROOMS_MAX = 10_000;
const ROOMS_PAGE = 500;
/** Messages in one read. */
const STEP_MESSAGES = 1000;
/** Deletions in one commit at most. */
const COMMIT_MESSAGES = 100;
/** After each commit, and after `STEPS_AT_ONCE` reads: others have the store to themselves. */
const PAUSE_MS = 50;
const STEPS_AT_ONCE = 10;
/** Reads, after which other removals have their turn. */
const STEPS_IN_TURN = 100;

interface RemovalsDependencies {
  readonly store: Pick<Store, 'accounts' | 'rooms' | 'removals' | 'log'>;
  readonly logWriter: Pick<LogWriter, 'submit'>;
  readonly memberships: Pick<MembershipRemoval, 'endAdmitted'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: BackgroundTasks;
}

export function removeInSteps(dependencies: RemovalsDependencies): Repeated {
  const { store, clock } = dependencies;
  // The first search also finds those that this server had when it was killed.
  let graceMs = GIVEN_UP_MS;
  return repeated(dependencies, SEARCH_MS, async (run) => {
    while (!run.isClosed) {
      const nowMs = clock.nowMs();
      const at = { nowMs: nowMs + graceMs, dueAtMs: nowMs + GIVEN_UP_MS };
      const removal = await store.removals.takeRemoval(at);
      graceMs = 0;
      if (removal === undefined) return;
      await new RunningRemoval(dependencies, run, removal).finish();
    }
  });
}

class RunningRemoval {
  readonly #dependencies: RemovalsDependencies;
  readonly #run: Run;
  readonly #removal: Removal;
  #progress: RemovalProgress;
  #savedAtMs: number;

  constructor(dependencies: RemovalsDependencies, run: Run, removal: Removal) {
    this.#dependencies = dependencies;
    this.#run = run;
    this.#removal = removal;
    this.#progress = removal;
    this.#savedAtMs = dependencies.clock.nowMs();
  }

  async finish(): Promise<void> {
    const { store, logger } = this.#dependencies;
    const { id, userId, isOfAccount, deletesMessages, message } = this.#removal;
    const [user] = await store.accounts.listUsers([userId]);
    if (user !== undefined && message !== undefined) {
      await removeMessage(this.#dependencies, { ...message, author: user });
    } else if (user !== undefined) {
      if (isOfAccount) await this.#endMemberships(user);
      if (deletesMessages && (await this.#deleteMessages(user)) === 'interrupted') {
        return this.#save(0);
      }
      if (this.#run.isClosed) return;
      const { messageCount } = this.#progress;
      logger.record({ event: 'removal.finished', userId, messageCount });
    }
    await store.removals.deleteRemoval(id);
  }

  /** Nothing that the user has sent is stored after it. In a direct room, the other user keeps a partner. */
  async #endMemberships(user: User): Promise<void> {
    const { store, memberships } = this.#dependencies;
    for (const { roomId, kind } of await store.rooms.listMemberships(user.id, ROOMS_MAX)) {
      if (this.#run.isClosed) return;
      if (kind === 'direct') continue;
      const end = { roomId, subjectId: user.id, reason: 'left' } as const;
      await memberships.endAdmitted({ user, connection: undefined }, end).catch(ignoreDone);
      await this.#saveAtTimes();
    }
  }

  /** Reads the logs of all rooms, a part in each turn. */
  async #deleteMessages(user: User): Promise<'done' | 'interrupted'> {
    const { log } = this.#dependencies.store;
    let stepsLeft = STEPS_IN_TURN;
    for (let isMore = true; isMore; ) {
      const after = this.#progress.afterRoomId;
      const starts = await log.listLogStarts({ after, limit: ROOMS_PAGE });
      for (const { roomId, oldestAtMs } of starts) {
        for (let isOpen = oldestAtMs !== undefined; isOpen; ) {
          if (stepsLeft === 0 || this.#run.isClosed) return 'interrupted';
          isOpen = await this.#deleteStep(roomId, user);
          stepsLeft -= 1;
          if (stepsLeft % STEPS_AT_ONCE === 0) await this.#run.pause(PAUSE_MS);
        }
        this.#progress = { ...this.#progress, afterRoomId: roomId, afterSequence: 0 };
      }
      isMore = starts.length === ROOMS_PAGE;
    }
    return 'done';
  }

  /** Returns whether the room has other messages. */
  async #deleteStep(roomId: RoomId, user: User): Promise<boolean> {
    const { log } = this.#dependencies.store;
    const step = { roomId, after: this.#progress.afterSequence, limit: STEP_MESSAGES };
    const { messageIds, next } = await log.listMessagesOf(user.id, step);
    for (let from = 0; from < messageIds.length; from += COMMIT_MESSAGES) {
      if (this.#run.isClosed) return true;
      await this.#deleteAll(roomId, messageIds.slice(from, from + COMMIT_MESSAGES), user);
    }
    this.#progress = { ...this.#progress, afterSequence: next ?? 0 };
    await this.#saveAtTimes();
    return next !== undefined;
  }

  async #deleteAll(roomId: RoomId, ids: readonly MessageId[], author: User): Promise<void> {
    await Promise.all(
      ids.map((messageId) => removeMessage(this.#dependencies, { roomId, messageId, author })),
    );
    const messageCount = this.#progress.messageCount + ids.length;
    this.#progress = { ...this.#progress, messageCount };
    await this.#run.pause(PAUSE_MS);
    await this.#saveAtTimes();
  }

  async #saveAtTimes(): Promise<void> {
    const nowMs = this.#dependencies.clock.nowMs();
    if (nowMs - this.#savedAtMs < SAVE_MS) return;
    this.#savedAtMs = nowMs;
    await this.#save(GIVEN_UP_MS);
  }

  async #save(delayMs: number): Promise<void> {
    const { store, clock } = this.#dependencies;
    const { afterRoomId, afterSequence, messageCount } = this.#progress;
    const dueAtMs = clock.nowMs() + delayMs;
    const progress = { afterRoomId, afterSequence, messageCount, dueAtMs };
    await store.removals.saveRemoval(this.#removal.id, progress);
  }
}
