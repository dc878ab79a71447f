/**
 * Commands on their way into the log. While one commit runs, those that arrive
 * gather; the next commit takes them all. They are settled in the order in which
 * they were admitted.
 */

import type { Journal } from '../ports/journal.ts';
import type { CommitOutcome, LogCommand, LogStore } from '../ports/log-store.ts';
import { StoreUnavailable } from '../ports/store.ts';
import { unavailable } from './failure.ts';

/** Commands that may wait; above it they are refused, and nothing of them is stored. */
const WAITING_MAX = 10_000;
/** Commands in one commit: bounds how long the first of them waits for the last. */
const BATCH_MAX = 1_000;

export type Settlement = CommitOutcome | { readonly kind: 'unknown'; readonly error: unknown };

interface Admitted {
  readonly command: LogCommand;
  readonly settle: (settlement: Settlement) => void;
}

export class CommitQueue {
  readonly #log: LogStore;
  readonly #journal: Journal;
  #waiting: Admitted[] = [];
  #running: Promise<void> | undefined;
  #current: Promise<void> | undefined;

  constructor(log: LogStore, journal: Journal) {
    this.#log = log;
    this.#journal = journal;
  }

  /**
   * Admits a command: from here on its place in the room's order is fixed.
   *
   * @throws {ChatError} UNAVAILABLE when too many wait; nothing was stored.
   */
  submit(command: LogCommand, settle: (settlement: Settlement) => void): void {
    if (this.#waiting.length >= WAITING_MAX) throw unavailable();
    this.#waiting.push({ command, settle });
    this.#running ??= this.#run();
  }

  /** Resolves when all that was admitted is settled. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Resolves when the commit that is under way now, if there is one, is settled. */
  async settleCurrent(): Promise<void> {
    await this.#current;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#current = this.#runBatch(this.#waiting.splice(0, BATCH_MAX));
      await this.#current;
    }
    this.#current = undefined;
    this.#running = undefined;
  }

  async #runBatch(batch: readonly Admitted[]): Promise<void> {
    const settlements = await this.#commit(batch.map(({ command }) => command));
    for (const [index, { settle }] of batch.entries()) {
      settle(settlements[index] ?? { kind: 'unknown', error: undefined });
    }
  }

  async #commit(commands: readonly LogCommand[]): Promise<Settlement[]> {
    try {
      return await this.#log.commit(commands);
    } catch (error) {
      if (error instanceof StoreUnavailable || commands.length === 1) {
        this.#journal.record({ event: 'store.failed', error });
        return commands.map(() => ({ kind: 'unknown', error }));
      }
    }
    // One of them is at fault: alone, it does not take the others with it.
    const settlements: Settlement[] = [];
    for (const command of commands) settlements.push(...(await this.#commit([command])));
    return settlements;
  }
}
