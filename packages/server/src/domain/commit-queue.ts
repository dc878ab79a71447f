/**
 * Commands on their way into the log. While one commit runs, those that arrive
 * gather; the next commit takes them all. They are settled in the order in which
 * they were admitted.
 */

import type { Clock } from '../ports/clock.ts';
import type { Journal } from '../ports/journal.ts';
import type { CommitOutcome, LogCommand, LogStore } from '../ports/log-store.ts';
import { NotBegun, NotStorable, StoreUnavailable } from '../ports/store.ts';
import { unavailable } from './failure.ts';
import { StoreProbe } from './store-probe.ts';

/** Commands that may wait; above it they are refused, and nothing of them is stored. */
const WAITING_MAX = 10_000;
/**
 * Commands in one commit: bounds how long the first of them waits for the last, and
 * lets those of one commit be answered, and answered to, while the next one runs.
 */
const BATCH_MAX = 512;

/** Between two looks whether a store that was down answers again. */
const PROBE_INTERVAL_MS = 1000;

export type Settlement = CommitOutcome | { readonly kind: 'unknown'; readonly error: unknown };

interface Admitted {
  readonly command: LogCommand;
  readonly settle: (settlement: Settlement) => void;
}

/** A commit under way. */
interface Batch {
  readonly admitted: readonly Admitted[];
  readonly result: Promise<CommitResult>;
  /** The one behind it, where the store has taken that already. */
  next: Batch | undefined;
  /** Resolves when each has been told, or the store has not begun it. */
  readonly settled: PromiseWithResolvers<void>;
}

type CommitResult =
  | { readonly kind: 'ended'; readonly settlements: readonly Settlement[] }
  /** Nobody knows what of it is stored. */
  | { readonly kind: 'uncertain'; readonly settlements: readonly Settlement[] }
  /** The one before it has failed: all of it waits again. */
  | { readonly kind: 'not-begun' };

export class CommitQueue {
  readonly #log: LogStore;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #probe: StoreProbe;
  #isDown = false;
  #isClosing = false;
  #endPause: (() => void) | undefined;
  #waiting: Admitted[] = [];
  #running: Promise<void> | undefined;
  /** The last one that was begun. */
  #latest: Batch | undefined;

  constructor(log: LogStore, journal: Journal, clock: Clock) {
    this.#log = log;
    this.#journal = journal;
    this.#clock = clock;
    this.#probe = new StoreProbe(log, clock);
  }

  /** Whether the store does not answer: what is submitted is refused at once, until it does. */
  get isDown(): boolean {
    return this.#isDown;
  }

  /** Whether it answers. Nobody waits to hear what is known. */
  async isUp(): Promise<boolean> {
    return !this.#isDown && (await this.#probe.isUp()) && !this.#isDown;
  }

  /**
   * Admits a command: from here on its place in the room's order is fixed.
   *
   * @throws {ChatError} UNAVAILABLE when too many wait, or the store is down; nothing was stored.
   */
  submit(command: LogCommand, settle: (settlement: Settlement) => void): void {
    if (this.#isDown || this.#waiting.length >= WAITING_MAX) throw unavailable();
    this.#waiting.push({ command, settle });
    this.#running ??= this.#run();
  }

  /** Resolves when all that was admitted is settled. Nothing waits for the store any longer. */
  async drain(): Promise<void> {
    this.#isClosing = true;
    this.#endPause?.();
    while (this.#running !== undefined) await this.#running;
  }

  /** Resolves when the commits that are under way now are settled. */
  async settleCurrent(): Promise<void> {
    await this.#latest?.settled.promise;
  }

  async #run(): Promise<void> {
    await undefined; // What one read of a socket brings goes together.
    let batch = this.#begin();
    while (batch !== undefined) {
      const result = await batch.result;
      batch = await this.#conclude(batch, result);
    }
    this.#latest = undefined;
    this.#running = undefined;
    if (this.#waiting.length > 0) this.#running = this.#run();
  }

  /** Tells those of a batch what became of them; gives the next one. */
  async #conclude(batch: Batch, result: CommitResult): Promise<Batch | undefined> {
    if (result.kind === 'ended') {
      // Before anybody is told: the store works while the answers go out.
      const next = batch.next ?? this.#begin();
      settle(batch, result.settlements);
      return next;
    }
    await this.#concludeAll(batch);
    if (result.kind === 'uncertain') await this.#standStill();
    return this.#begin();
  }

  /** The store may have taken some behind it: they were not begun, and wait again, or are lost with it. */
  async #concludeAll(first: Batch): Promise<void> {
    const again: Admitted[] = [];
    for (let batch: Batch | undefined = first; batch !== undefined; batch = batch.next) {
      const result = await batch.result;
      if (result.kind === 'not-begun') again.push(...batch.admitted);
      else settle(batch, result.settlements);
      batch.settled.resolve();
    }
    this.#waiting.unshift(...again);
  }

  #begin(): Batch | undefined {
    const admitted = this.#waiting.splice(0, BATCH_MAX);
    if (admitted.length === 0) return undefined;
    const commands = admitted.map(({ command }) => command);
    const batch: Batch = {
      admitted,
      result: this.#commit(commands, () => {
        batch.next ??= this.#begin();
      }),
      next: undefined,
      settled: Promise.withResolvers(),
    };
    this.#latest = batch;
    return batch;
  }

  /**
   * After a commit whose outcome is not known nothing is written until the store
   * answers again. The first look is at once; if it fails, the store is down: those
   * who wait are told so, and nobody else has to wait to hear it.
   */
  async #standStill(): Promise<void> {
    while (!(await this.#probe.lookAnew()) && !this.#isClosing) {
      this.#setDown(true);
      for (const { settle } of this.#waiting.splice(0))
        settle({ kind: 'unknown', error: undefined });
      await this.#pause();
    }
    this.#setDown(false);
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.schedule(PROBE_INTERVAL_MS, resolve);
    this.#endPause = resolve;
    await promise;
    timer.cancel();
    this.#endPause = undefined;
  }

  #setDown(isDown: boolean): void {
    if (isDown === this.#isDown) return;
    this.#isDown = isDown;
    this.#probe.forget();
    this.#journal.record({ event: isDown ? 'store.down' : 'store.up' });
  }

  async #commit(commands: readonly LogCommand[], onReady?: () => void): Promise<CommitResult> {
    try {
      return { kind: 'ended', settlements: await this.#log.commit(commands, onReady) };
    } catch (error) {
      if (error instanceof NotBegun) return { kind: 'not-begun' };
      if (error instanceof StoreUnavailable || commands.length === 1) {
        this.#journal.record({ event: 'store.failed', error });
        const settlements = commands.map(() => toSettlement(error));
        return { kind: error instanceof StoreUnavailable ? 'uncertain' : 'ended', settlements };
      }
    }
    // One of them is at fault: alone, it does not take the others with it.
    const results: CommitResult[] = [];
    for (const command of commands) results.push(await this.#commit([command]));
    const isCertain = results.every(({ kind }) => kind === 'ended');
    const settlements = results.flatMap((each) =>
      each.kind === 'not-begun'
        ? [{ kind: 'unknown', error: undefined } as const]
        : each.settlements,
    );
    return { kind: isCertain ? 'ended' : 'uncertain', settlements };
  }
}

function toSettlement(error: unknown): Settlement {
  if (error instanceof NotStorable) return { kind: 'rejected', code: 'VALIDATION_ERROR' };
  return { kind: 'unknown', error };
}

function settle({ admitted, settled }: Batch, settlements: readonly Settlement[]): void {
  for (const [index, { settle: tell }] of admitted.entries()) {
    tell(settlements[index] ?? { kind: 'unknown', error: undefined });
  }
  settled.resolve();
}
