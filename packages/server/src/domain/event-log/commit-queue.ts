/**
 * Commands on their way into the log. While one commit runs, those that arrive
 * gather; the next commit takes them all. They are settled in the order in which
 * they were admitted.
 */

import type { CommitOutcome } from '../../model/commit-outcome.ts';
import type { LogCommand } from '../../model/log-command.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { Logger } from '../../ports/logger.ts';
import { NotBegun, NotStorable, StoreUnavailable } from '../../ports/store.ts';
import { unavailable } from '../errors.ts';
import { LOOK_MS, StoreProbe } from './store-probe.ts';

/** Commands that may wait; above it they are refused, and nothing of them is stored. */
const WAITING_MAX = 10_000;
/**
 * Commands in one commit: bounds how long the first of them waits for the last, and
 * lets those of one commit be answered, and answered to, while the next one runs.
 */
const BATCH_MAX = 512;

/** Between two looks whether a store that was down answers again. */
const PROBE_INTERVAL_MS = 1000;

/** Commits in a row of which nobody heard, after which a look is not enough: one has to succeed. */
const UNCERTAIN_MAX = 3;

/**
 * Whether commands are taken. `trial`: it looks well, but commits went unheard; the next
 * command is let through alone, and shows.
 */
export type StoreState = 'up' | 'trial' | 'down';

export type CommitResult = CommitOutcome | { readonly kind: 'unknown'; readonly error: unknown };

interface Admitted {
  readonly command: LogCommand;
  readonly settle: (commitResult: CommitResult) => void;
}

/** A commit under way. */
interface Batch {
  readonly admitted: readonly Admitted[];
  readonly result: Promise<BatchResult>;
  /** The one behind it, where the store has taken that already. */
  next: Batch | undefined;
  /** Resolves when each has been told, or the store has not begun it. */
  readonly settled: PromiseWithResolvers<void>;
}

type BatchResult =
  | { readonly kind: 'ended'; readonly commitResults: readonly CommitResult[] }
  /** Nobody knows what of it is stored. */
  | { readonly kind: 'uncertain'; readonly commitResults: readonly CommitResult[] }
  /** The one before it has failed: all of it waits again. */
  | { readonly kind: 'not-begun' };

export class CommitQueue {
  readonly #log: EventLog;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #probe: StoreProbe;
  #state: StoreState = 'up';
  #unheardCount = 0;
  /** As the journal has it: up means that commits are made. */
  #isToldDown = false;
  #isClosing = false;
  #endPause: (() => void) | undefined;
  #waiting: Admitted[] = [];
  #running: Promise<void> | undefined;
  /** The last one that was begun. */
  #latest: Batch | undefined;

  constructor(log: EventLog, logger: Logger, clock: Clock) {
    this.#log = log;
    this.#logger = logger;
    this.#clock = clock;
    this.#probe = new StoreProbe(log, clock);
  }

  /** While it is down, what is submitted is refused at once. Nobody waits to hear what is known. */
  async storeState(): Promise<StoreState> {
    if (this.#state === 'down' || !(await this.#probe.isUp())) return 'down';
    return this.#state;
  }

  /**
   * Admits a command: from here on its place in the room's order is fixed.
   *
   * @throws {ChatError} UNAVAILABLE when too many wait, or the store is down; nothing was stored.
   */
  submit(command: LogCommand, settle: (commitResult: CommitResult) => void): void {
    if (this.#state === 'down' || this.#waiting.length >= WAITING_MAX) throw unavailable();
    if (this.#state === 'trial') this.#state = 'down';
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
      batch = await this.#handleCommitResult(batch, result);
    }
    this.#latest = undefined;
    this.#running = undefined;
    if (this.#waiting.length > 0) this.#running = this.#run();
  }

  /** Tells those of a batch what became of them; gives the next one. */
  async #handleCommitResult(batch: Batch, result: BatchResult): Promise<Batch | undefined> {
    if (result.kind === 'ended') {
      this.#unheardCount = 0;
      this.#become('up');
      // Before anybody is told: the store works while the answers go out.
      const next = batch.next ?? this.#begin();
      settle(batch, result.commitResults);
      return next;
    }
    await this.#handleCommitResults(batch);
    if (result.kind === 'uncertain') await this.#waitUntilHealthy();
    return this.#begin();
  }

  /** The store may have taken some behind it: they were not begun, and wait again, or are lost with it. */
  async #handleCommitResults(first: Batch): Promise<void> {
    const again: Admitted[] = [];
    for (let batch: Batch | undefined = first; batch !== undefined; batch = batch.next) {
      const result = await batch.result;
      if (result.kind === 'not-begun') again.push(...batch.admitted);
      else settle(batch, result.commitResults);
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
   * who wait are told so, and nobody else has to wait to hear it. So it is where looks
   * succeed and commits do not, until one does.
   */
  async #waitUntilHealthy(): Promise<void> {
    this.#unheardCount += 1;
    const isHalfOpen = this.#unheardCount >= UNCERTAIN_MAX;
    let isAnswering = !isHalfOpen && (await this.#look());
    while (!isAnswering && !this.#isClosing) {
      this.#rejectAll();
      await this.#pause();
      isAnswering = await this.#look();
    }
    if (isAnswering) this.#become(isHalfOpen ? 'trial' : 'up');
  }

  /** Whether it answers. Those who wait hear after a second that it does not, however long it takes. */
  async #look(): Promise<boolean> {
    const timer = this.#clock.schedule(LOOK_MS, () => this.#rejectAll());
    const isAnswering = await this.#probe.scheduleFullRepair();
    timer.cancel();
    return isAnswering;
  }

  #rejectAll(): void {
    this.#become('down');
    for (const { settle } of this.#waiting.splice(0)) settle({ kind: 'unknown', error: undefined });
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.schedule(PROBE_INTERVAL_MS, resolve);
    this.#endPause = resolve;
    await promise;
    timer.cancel();
    this.#endPause = undefined;
  }

  #become(state: StoreState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#probe.forget();
    const isDown = state !== 'up';
    if (isDown === this.#isToldDown) return;
    this.#isToldDown = isDown;
    this.#logger.record({ event: isDown ? 'store.down' : 'store.up' });
  }

  async #commit(commands: readonly LogCommand[], onReady?: () => void): Promise<BatchResult> {
    try {
      return { kind: 'ended', commitResults: await this.#log.commit(commands, onReady) };
    } catch (error) {
      if (error instanceof NotBegun) return { kind: 'not-begun' };
      if (error instanceof StoreUnavailable || commands.length === 1) {
        this.#logger.record({ event: 'store.failed', error });
        const commitResults = commands.map(() => toCommitResult(error));
        return { kind: error instanceof StoreUnavailable ? 'uncertain' : 'ended', commitResults };
      }
    }
    // One of them is at fault: alone, it does not take the others with it.
    const results: BatchResult[] = [];
    for (const command of commands) results.push(await this.#commit([command]));
    const isCertain = results.every(({ kind }) => kind === 'ended');
    const commitResults = results.flatMap((each) =>
      each.kind === 'not-begun'
        ? [{ kind: 'unknown', error: undefined } as const]
        : each.commitResults,
    );
    return { kind: isCertain ? 'ended' : 'uncertain', commitResults };
  }
}

function toCommitResult(error: unknown): CommitResult {
  if (error instanceof NotStorable) return { kind: 'rejected', code: 'VALIDATION_ERROR' };
  return { kind: 'unknown', error };
}

function settle({ admitted, settled }: Batch, commitResults: readonly CommitResult[]): void {
  for (const [index, { settle: broadcast }] of admitted.entries()) {
    broadcast(commitResults[index] ?? { kind: 'unknown', error: undefined });
  }
  settled.resolve();
}
