/**
 * Does in steps what remains after the deletion of an account, or after the removal of a user's messages
 * was requested: ends memberships, and deletes messages in all rooms. Every node looks for it; the
 * store gives each removal to one of them. A node that ends in between leaves it to the next search.
 */

import type { RoomId } from '@parley/protocol';
import type { Removal } from '../../model/removal.ts';
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
/** Messages in one read, and at most so many deletions in one commit. */
const MESSAGES_PAGE = 100;
/** After each page with messages of the user: others have the store to themselves. */
const PAUSE_MS = 50;

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
  #messageCount = 0;
  #doneRoomId: RoomId | undefined;
  #savedAtMs: number;

  constructor(dependencies: RemovalsDependencies, run: Run, removal: Removal) {
    this.#dependencies = dependencies;
    this.#run = run;
    this.#removal = removal;
    this.#doneRoomId = removal.afterRoomId;
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
      if (deletesMessages) await this.#deleteMessages(user);
      if (this.#run.isClosed) return;
      logger.record({ event: 'removal.finished', userId, messageCount: this.#messageCount });
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

  async #deleteMessages(user: User): Promise<void> {
    const { log } = this.#dependencies.store;
    for (let isMore = true; isMore; ) {
      const starts = await log.listLogStarts({ after: this.#doneRoomId, limit: ROOMS_PAGE });
      for (const { roomId, oldestAtMs } of starts) {
        if (oldestAtMs !== undefined) await this.#deleteMessagesIn(roomId, user);
        if (this.#run.isClosed) return;
        this.#doneRoomId = roomId;
        await this.#saveAtTimes();
      }
      isMore = starts.length === ROOMS_PAGE;
    }
  }

  async #deleteMessagesIn(roomId: RoomId, user: User): Promise<void> {
    const { log } = this.#dependencies.store;
    for (let after: number | undefined = 0; after !== undefined && !this.#run.isClosed; ) {
      const page = { roomId, before: undefined, after, limit: MESSAGES_PAGE };
      const { messages, hasMore } = await log.readHistory(page);
      const own = messages.filter(({ userId, isDeleted }) => userId === user.id && !isDeleted);
      await Promise.all(
        own.map(({ id }) =>
          removeMessage(this.#dependencies, { roomId, messageId: id, author: user }),
        ),
      );
      this.#messageCount += own.length;
      if (own.length > 0) await this.#run.pause(PAUSE_MS);
      await this.#saveAtTimes();
      after = hasMore ? messages.at(-1)?.sequence : undefined;
    }
  }

  async #saveAtTimes(): Promise<void> {
    const { store, clock } = this.#dependencies;
    const nowMs = clock.nowMs();
    if (nowMs - this.#savedAtMs < SAVE_MS) return;
    this.#savedAtMs = nowMs;
    const progress = { afterRoomId: this.#doneRoomId, dueAtMs: nowMs + GIVEN_UP_MS };
    await store.removals.saveRemoval(this.#removal.id, progress);
  }
}
