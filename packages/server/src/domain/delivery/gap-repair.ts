/** Reads the events that a room's stream has missed from the log. */

import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { CommitRouter } from '../event-log/commit-router.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { ConnectionStream } from './chat-connection.ts';

/** Time that the bus has to deliver an event before the store is read. */
const GAP_PATIENCE_MS = 20;
/** Time before the store is read again after a failure, or a page without the next event. */
const REPAIR_RETRY_MS = 1000;
const REPAIR_PAGE = 500;

interface GapRepairDependencies {
  readonly log: Pick<EventLog, 'readEvents'>;
  readonly commits: Pick<CommitRouter, 'settleCurrent'>;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly background: BackgroundTasks;
  /** Whether the stream is still used; a closed one is not repaired again after a failure. */
  readonly isOpen: (stream: ConnectionStream) => boolean;
}

export class GapRepair {
  readonly #dependencies: GapRepairDependencies;
  /** Repairs that wait or run: at most one for each stream. */
  readonly #repairs = new Map<ConnectionStream, Timer>();

  constructor(dependencies: GapRepairDependencies) {
    this.#dependencies = dependencies;
  }

  /** Schedules a read of the log, which may have events that the stream did not receive. */
  schedule(stream: ConnectionStream): void {
    this.#scheduleAfter(stream, GAP_PATIENCE_MS);
  }

  cancel(stream: ConnectionStream): void {
    this.#repairs.get(stream)?.cancel();
    this.#repairs.delete(stream);
  }

  #scheduleAfter(stream: ConnectionStream, delayMs: number): void {
    if (this.#repairs.has(stream) || !this.#dependencies.isOpen(stream)) return;
    const { clock, background } = this.#dependencies;
    const timer = clock.schedule(delayMs, () => background.run(this.#repair(stream)));
    this.#repairs.set(stream, timer);
  }

  async #repair(stream: ConnectionStream): Promise<void> {
    const { log, commits } = this.#dependencies;
    try {
      const { id } = stream.room;
      const { epoch } = stream;
      const page = await log.readEvents(id, stream.head ?? 0, REPAIR_PAGE);
      // The events may be this node's own commits, whose acknowledgements must take their positions
      // first.
      await commits.settleCurrent(id, page.events);
      this.#repairs.delete(stream);
      const headBefore = stream.head;
      const { head } = page;
      if (head !== undefined && !stream.follow(head.epoch, epoch)) {
        throw new Error('Read a former log');
      }
      stream.skipTo(page.firstSequence);
      for (const event of page.events) stream.accept(event);
      // The page may have ended before the log does.
      if (head !== undefined && stream.head !== undefined) stream.learnHead(head.sequence);
      // The store did not return the next event.
      if (stream.head === headBefore && this.#repairs.has(stream)) this.#retry(stream);
    } catch (error) {
      this.#retry(stream);
      throw error;
    }
  }

  #retry(stream: ConnectionStream): void {
    this.cancel(stream);
    this.#scheduleAfter(stream, REPAIR_RETRY_MS);
  }
}
