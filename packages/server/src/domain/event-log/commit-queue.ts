/**
 * Queues commands for the log. Commands that arrive while a commit runs are committed together by
 * the next one. Results are reported in the order of submission.
 */

import type { CommitOutcome } from '../../model/commit-outcome.ts';
import type { LogCommand } from '../../model/log-command.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { Logger } from '../../ports/logger.ts';
import { NotBegun, NotStorable, StoreUnavailable } from '../../ports/store.ts';
import { unavailable } from '../errors.ts';
import { CHECK_MS, StoreProbe } from './store-probe.ts';

/**
 * Maximum number of waiting commands; further commands are rejected, and nothing of them is stored.
 */
const WAITING_MAX = 10_000;
/**
 * Maximum number of commands per commit: bounds how long the first waits for the last, and lets
 * replies to one commit go out while the next one runs.
 */
const BATCH_MAX = 512;

/** Interval between two health checks of a store that is down. */
const PROBE_INTERVAL_MS = 1000;

/**
 * Number of consecutive commits with an unknown outcome after which a health check is not enough: a
 * commit has to succeed.
 */
const UNCERTAIN_MAX = 3;

/**
 * Whether commands are accepted. `half-open`: health checks pass, but recent commits have
 * unknown outcomes; the next command alone is let through as a test.
 */
export type StoreState = 'up' | 'half-open' | 'down';

export type CommitResult = CommitOutcome | { readonly kind: 'unknown'; readonly error: unknown };

interface QueuedCommand {
  readonly command: LogCommand;
  readonly onResult: (commitResult: CommitResult) => void;
}

/** A running commit. */
interface Batch {
  readonly queued: readonly QueuedCommand[];
  readonly result: Promise<BatchResult>;
  /** The next batch, if the store has accepted it already. */
  next: Batch | undefined;
  /** Resolves when all results were reported, or the store has not begun the batch. */
  readonly done: PromiseWithResolvers<void>;
}

type BatchResult =
  | { readonly kind: 'ended'; readonly commitResults: readonly CommitResult[] }
  /** It is unknown which commands were stored. */
  | { readonly kind: 'uncertain'; readonly commitResults: readonly CommitResult[] }
  /** The batch before it has failed: all of its commands wait again. */
  | { readonly kind: 'not-begun' };

export class CommitQueue {
  readonly #log: EventLog;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #probe: StoreProbe;
  #state: StoreState = 'up';
  #uncertainCount = 0;
  /** The state in the log: up means that commits succeed. */
  #isLoggedDown = false;
  #isClosing = false;
  #endPause: (() => void) | undefined;
  #waiting: QueuedCommand[] = [];
  #running: Promise<void> | undefined;
  /** The batch that was begun last. */
  #latest: Batch | undefined;

  constructor(log: EventLog, logger: Logger, clock: Clock) {
    this.#log = log;
    this.#logger = logger;
    this.#clock = clock;
    this.#probe = new StoreProbe(log, clock);
  }

  /**
   * While the store is down, submitted commands are rejected at once instead of waiting for a known
   * outcome.
   */
  async storeState(): Promise<StoreState> {
    if (this.#state === 'down' || !(await this.#probe.isUp())) return 'down';
    return this.#state;
  }

  /**
   * Submits a command, which fixes its position in the room's order.
   *
   * @throws {ChatError} UNAVAILABLE if too many commands wait, or the store is down; nothing was
   *   stored.
   */
  submit(command: LogCommand, onResult: (commitResult: CommitResult) => void): void {
    if (this.#state === 'down' || this.#waiting.length >= WAITING_MAX) throw unavailable();
    if (this.#state === 'half-open') this.#state = 'down';
    this.#waiting.push({ command, onResult });
    this.#running ??= this.#run();
  }

  /** Resolves when all submitted commands have a result. Waiting for the store ends at once. */
  async drain(): Promise<void> {
    this.#isClosing = true;
    this.#endPause?.();
    while (this.#running !== undefined) await this.#running;
  }

  /** Resolves when the commits that are running now have reported their results. */
  async settleCurrent(): Promise<void> {
    await this.#latest?.done.promise;
  }

  async #run(): Promise<void> {
    await undefined; // Commands from one read of a socket are committed together.
    let batch = this.#begin();
    while (batch !== undefined) {
      const result = await batch.result;
      batch = await this.#handleResult(batch, result);
    }
    this.#latest = undefined;
    this.#running = undefined;
    if (this.#waiting.length > 0) this.#running = this.#run();
  }

  /** Reports the results of a batch; returns the next batch. */
  async #handleResult(batch: Batch, result: BatchResult): Promise<Batch | undefined> {
    if (result.kind === 'ended') {
      this.#uncertainCount = 0;
      this.#become('up');
      // Before results are reported, so that the store works while replies go out.
      const next = batch.next ?? this.#begin();
      report(batch, result.commitResults);
      return next;
    }
    await this.#handleFailure(batch);
    if (result.kind === 'uncertain') await this.#waitUntilHealthy();
    return this.#begin();
  }

  /**
   * Handles a failed commit. The store may have accepted batches after it: those that were not
   * begun wait again, the others have failed too.
   */
  async #handleFailure(first: Batch): Promise<void> {
    const again: QueuedCommand[] = [];
    for (let batch: Batch | undefined = first; batch !== undefined; batch = batch.next) {
      const result = await batch.result;
      if (result.kind === 'not-begun') again.push(...batch.queued);
      else report(batch, result.commitResults);
      batch.done.resolve();
    }
    this.#waiting.unshift(...again);
  }

  #begin(): Batch | undefined {
    const queued = this.#waiting.splice(0, BATCH_MAX);
    if (queued.length === 0) return undefined;
    const commands = queued.map(({ command }) => command);
    const batch: Batch = {
      queued,
      result: this.#commit(commands, () => {
        batch.next ??= this.#begin();
      }),
      next: undefined,
      done: Promise.withResolvers(),
    };
    this.#latest = batch;
    return batch;
  }

  /**
   * After a commit with an unknown outcome, nothing is written until the store is healthy again.
   * The first check is immediate; if it fails, the store is down: waiting commands are rejected,
   * and new ones do not wait. The same applies if checks pass but commits keep failing, until one
   * succeeds.
   */
  async #waitUntilHealthy(): Promise<void> {
    this.#uncertainCount += 1;
    const isHalfOpen = this.#uncertainCount >= UNCERTAIN_MAX;
    let isAnswering = !isHalfOpen && (await this.#isStoreUp());
    while (!isAnswering && !this.#isClosing) {
      this.#rejectAll();
      await this.#pause();
      isAnswering = await this.#isStoreUp();
    }
    if (isAnswering) this.#become(isHalfOpen ? 'half-open' : 'up');
  }

  /**
   * Returns whether the store answers. Waiting commands are rejected after a second, however long
   * the check takes.
   */
  async #isStoreUp(): Promise<boolean> {
    const timer = this.#clock.schedule(CHECK_MS, () => this.#rejectAll());
    const isAnswering = await this.#probe.checkNow();
    timer.cancel();
    return isAnswering;
  }

  #rejectAll(): void {
    this.#become('down');
    for (const { onResult } of this.#waiting.splice(0))
      onResult({ kind: 'unknown', error: undefined });
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
    if (isDown === this.#isLoggedDown) return;
    this.#isLoggedDown = isDown;
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
    // One command is at fault: committed alone, it does not fail the others.
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

function report({ queued, done }: Batch, commitResults: readonly CommitResult[]): void {
  for (const [index, { onResult }] of queued.entries()) {
    onResult(commitResults[index] ?? { kind: 'unknown', error: undefined });
  }
  done.resolve();
}
