/**
 * Queues commands for the log. Commands that arrive while a commit runs are committed together by
 * the next one.
 *
 * Rooms share batches, but not their failures. A batch that takes long is overtaken: the next one
 * takes the commands of other rooms. A room whose commands the store could not begin is suspended:
 * it is committed alone until that succeeds. Results of a room are reported in the order of
 * submission.
 */

import type { RoomId } from '@parley/protocol';
import type { CommitResult } from '../../model/commit-outcome.ts';
import type { LogCommand } from '../../model/log-command.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { Logger } from '../../ports/logger.ts';
import { NotBegun, NotStorable, StoreUnavailable } from '../../ports/store.ts';
import { unavailable } from '../errors.ts';
import { CircuitBreaker, type StoreState } from './circuit-breaker.ts';

/**
 * Maximum number of waiting commands; further commands are rejected, and nothing of them is stored.
 */
const WAITING_MAX = 10_000;
/**
 * Maximum number of commands per commit: bounds how long the first waits for the last, and lets
 * replies to one commit go out while the next one runs.
 */
const BATCH_MAX = 512;
/** Time after which a batch is overtaken. */
const PATIENCE_MS = 250;
/** Maximum number of shared batches that run at once, apart from one that the store has queued. */
const SHARED_BATCHES_MAX = 2;
/** Maximum number of suspended rooms that are committed at once. */
const SUSPENDED_BATCHES_MAX = 2;

/** @param committedBy The node that has committed the command and announced its event. */
export type OnResult = (commitResult: CommitResult, committedBy?: 'own' | 'other') => void;

interface QueuedCommand {
  readonly command: LogCommand;
  /** Position in the order of submission. */
  readonly order: number;
  readonly onResult: OnResult;
}

/** A running commit. */
interface Batch {
  readonly queued: readonly QueuedCommand[];
  /** Whether it belongs to one suspended room. */
  readonly isAlone: boolean;
  /** Whether the store begins it only if the batch before it has succeeded. */
  readonly isFollowing: boolean;
  /** Whether it takes so long that the next one may run beside it. */
  isOverdue: boolean;
  /** Resolves when all results were reported, or the commands wait again. */
  readonly done: PromiseWithResolvers<void>;
}

export class CommitQueue {
  readonly #log: EventLog;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #breaker: CircuitBreaker;
  #submitted = 0;
  #waitingCount = 0;
  /** Commands for the next shared batch. */
  #waiting: QueuedCommand[] = [];
  /** Waiting commands of rooms that do not take part in shared batches now. */
  readonly #suspended = new Map<RoomId, QueuedCommand[]>();
  readonly #running = new Set<Batch>();
  /** The latest shared batch, while the next one has to wait for it. */
  #latest: Batch | undefined;
  #beginning: Promise<void> | undefined;

  constructor(log: EventLog, logger: Logger, clock: Clock) {
    this.#log = log;
    this.#logger = logger;
    this.#clock = clock;
    this.#breaker = new CircuitBreaker({ log, logger, clock, onOpen: () => this.#rejectAll() });
  }

  /**
   * While the store is down, submitted commands are rejected at once instead of waiting for a known
   * outcome.
   */
  storeState(): Promise<StoreState> {
    return this.#breaker.checkedState();
  }

  /**
   * Submits a command, which fixes its position in the room's order.
   *
   * @throws {ChatError} UNAVAILABLE if too many commands wait, or the store is down; nothing was
   *   stored.
   */
  submit(command: LogCommand, onResult: OnResult): void {
    if (this.#waitingCount >= WAITING_MAX || !this.#breaker.tryAdmit()) throw unavailable();
    const queued = { command, order: this.#submitted, onResult };
    this.#submitted += 1;
    this.#waitingCount += 1;
    (this.#suspended.get(command.roomId) ?? this.#waiting).push(queued);
    // Commands from one read of a socket are committed together.
    this.#beginning ??= Promise.resolve().then(() => {
      this.#beginning = undefined;
      this.#beginBatches();
    });
  }

  /** Resolves when all submitted commands have a result. Waiting for the store ends at once. */
  async drain(): Promise<void> {
    this.#breaker.close();
    for (;;) {
      const [batch] = this.#running;
      const running = this.#beginning ?? batch?.done.promise ?? this.#breaker.recovery;
      if (running === undefined) return;
      await running;
    }
  }

  /** Resolves when the commits of a room that are running now have reported their results. */
  async settleCurrent(roomId: RoomId): Promise<void> {
    const running = [...this.#running].filter((batch) => includes(batch, roomId));
    await Promise.all(running.map(({ done }) => done.promise));
  }

  /** Begins all batches that may run now. */
  #beginBatches(): void {
    if (this.#breaker.recovery !== undefined) return;
    this.#beginSuspended();
    const isFree = this.#latest === undefined || this.#mayOvertake(this.#latest);
    if (!isFree || this.#waiting.length === 0) return;
    // A room's commands must not run in two batches whose order the store does not know.
    for (const batch of this.#running) this.#suspend(roomsOf(batch));
    this.#beginShared(undefined);
  }

  #mayOvertake({ isOverdue }: Batch): boolean {
    const shared = [...this.#running].filter(({ isAlone }) => !isAlone);
    return isOverdue && shared.length < SHARED_BATCHES_MAX;
  }

  #beginShared(previous: Batch | undefined): void {
    const queued = this.#waiting.splice(0, BATCH_MAX);
    if (queued.length === 0) return;
    const isFollowing = previous !== undefined;
    this.#latest = this.#begin({ queued, isAlone: false, isFollowing }, previous?.done.promise);
  }

  #beginSuspended(): void {
    if (this.#suspended.size === 0) return;
    let count = [...this.#running].filter(({ isAlone }) => isAlone).length;
    for (const [roomId, waiting] of [...this.#suspended]) {
      if (count >= SUSPENDED_BATCHES_MAX) return;
      if (waiting.length === 0 || this.#isRunning(roomId)) continue;
      // Rooms take turns.
      this.#suspended.delete(roomId);
      this.#suspended.set(roomId, waiting);
      const queued = waiting.splice(0, BATCH_MAX);
      this.#begin({ queued, isAlone: true, isFollowing: false });
      count += 1;
    }
  }

  #begin(
    about: Pick<Batch, 'queued' | 'isAlone' | 'isFollowing'>,
    previous?: Promise<void>,
  ): Batch {
    const done = Promise.withResolvers<void>();
    const batch: Batch = { ...about, isOverdue: false, done };
    this.#waitingCount -= batch.queued.length;
    this.#running.add(batch);
    void this.#run(batch, previous);
    return batch;
  }

  /**
   * @param previous The end of the batch before it. A batch does not refer to that batch itself:
   *   a chain of batches would keep all commands of a busy server in memory.
   */
  async #run(batch: Batch, previous: Promise<void> | undefined): Promise<void> {
    const commands = batch.queued.map(({ command }) => command);
    const patience = this.#clock.schedule(PATIENCE_MS, () => {
      batch.isOverdue = true;
      this.#beginBatches();
    });
    const results = await this.#commit(commands, () => {
      const isNext = this.#latest === batch && this.#breaker.recovery === undefined;
      if (isNext) this.#beginShared(batch);
    });
    patience.cancel();
    await previous;
    this.#running.delete(batch);
    if (this.#latest === batch) this.#latest = undefined;
    if (results.some(isOutage)) this.#handleOutage(batch, results);
    else this.#handleSuccess(batch, results);
    batch.done.resolve();
  }

  #handleSuccess(batch: Batch, results: readonly CommitResult[]): void {
    this.#breaker.noteSuccess();
    this.#resumeRooms(batch);
    // Before results are reported, so that the store works while replies go out.
    this.#beginBatches();
    for (const [index, { onResult }] of batch.queued.entries()) onResult(resultAt(results, index));
  }

  /**
   * Reports commands with an unknown outcome. Commands that were not begun wait again, alone if
   * their own room may be the reason. They are rejected if they were alone already, or if the store
   * is down.
   */
  #handleOutage(batch: Batch, results: readonly CommitResult[]): void {
    const { isFollowing } = batch;
    const isAgain = !batch.isAlone && !this.#breaker.isOpen;
    const notBegun = new Set(
      batch.queued.filter((_, index) => resultAt(results, index).kind === 'not-begun'),
    );
    const rooms = new Set([...notBegun].map(({ command }) => command.roomId));
    if (isAgain && !isFollowing) this.#suspend(rooms);
    this.#resumeRooms(batch, isFollowing ? undefined : rooms);
    if (isAgain) this.#putBack(notBegun);
    const isUncertain = results.some(isUnknown);
    const roomsAlone = batch.isAlone ? rooms : [];
    if (isUncertain || !isFollowing) this.#breaker.noteFailure({ isUncertain, roomsAlone });
    void Promise.resolve(this.#breaker.recovery).then(() => this.#beginBatches());
    for (const [index, queued] of batch.queued.entries()) {
      if (!isAgain || !notBegun.has(queued)) queued.onResult(resultAt(results, index));
    }
  }

  /** Puts commands back into their positions in the order of submission. */
  #putBack(again: Iterable<QueuedCommand>): void {
    const changed = new Set<QueuedCommand[]>();
    for (const queued of again) {
      const waiting = this.#suspended.get(queued.command.roomId) ?? this.#waiting;
      waiting.push(queued);
      this.#waitingCount += 1;
      changed.add(waiting);
    }
    for (const waiting of changed) waiting.sort((a, b) => a.order - b.order);
  }

  /** Takes rooms out of the shared batches. */
  #suspend(roomIds: ReadonlySet<RoomId>): void {
    const added = new Map([...roomIds].map((id) => [id, [] as QueuedCommand[]]));
    for (const id of this.#suspended.keys()) added.delete(id);
    if (added.size === 0) return;
    const others: QueuedCommand[] = [];
    for (const queued of this.#waiting) (added.get(queued.command.roomId) ?? others).push(queued);
    this.#waiting = others;
    for (const [id, waiting] of added) this.#suspended.set(id, waiting);
  }

  /** Lets the rooms of an ended batch take part in shared batches again. */
  #resumeRooms(batch: Batch, except: ReadonlySet<RoomId> = new Set()): void {
    if (this.#suspended.size === 0) return;
    for (const roomId of roomsOf(batch)) {
      const waiting = this.#suspended.get(roomId);
      if (waiting === undefined || except.has(roomId) || this.#isRunning(roomId)) continue;
      this.#suspended.delete(roomId);
      this.#waiting.unshift(...waiting);
    }
  }

  #rejectAll(): void {
    const rejected = [...this.#waiting.splice(0), ...[...this.#suspended.values()].flat()];
    this.#suspended.clear();
    this.#waitingCount -= rejected.length;
    for (const { onResult } of rejected) onResult({ kind: 'not-begun', error: undefined });
  }

  #isRunning(roomId: RoomId): boolean {
    return [...this.#running].some((batch) => includes(batch, roomId));
  }

  async #commit(commands: readonly LogCommand[], onReady?: () => void): Promise<CommitResult[]> {
    try {
      const results = await this.#log.commit(commands, onReady);
      const failure = results.find(isOutage);
      if (failure !== undefined) this.#recordFailure(failure.error);
      return results;
    } catch (error) {
      this.#recordFailure(error);
      if (error instanceof StoreUnavailable || commands.length === 1) {
        return commands.map(() => toCommitResult(error));
      }
    }
    return this.#commitOneByOne(commands);
  }

  /** One command is at fault: committed alone, it does not fail the others. */
  async #commitOneByOne(commands: readonly LogCommand[]): Promise<CommitResult[]> {
    const results: CommitResult[] = [];
    const stopped = new Set<RoomId>();
    for (const command of commands) {
      const isStopped = stopped.has(command.roomId);
      const [result] = isStopped ? [] : await this.#commit([command]);
      results.push(result ?? { kind: 'not-begun', error: undefined });
      // The room's order: nothing follows a command that was perhaps not begun.
      if (result !== undefined && isOutage(result)) stopped.add(command.roomId);
    }
    return results;
  }

  #recordFailure(error: unknown): void {
    // The failure of the batch before was recorded already.
    if (error instanceof NotBegun && error.cause === undefined) return;
    this.#logger.record({ event: 'store.failed', error });
  }
}

type Outage = Extract<CommitResult, { readonly kind: 'unknown' | 'not-begun' }>;

/** Whether the store has failed; a defect that one command causes is none. */
function isOutage(result: CommitResult): result is Outage {
  if (result.kind === 'not-begun') return true;
  return result.kind === 'unknown' && result.error instanceof StoreUnavailable;
}

function isUnknown(result: CommitResult): boolean {
  return isOutage(result) && result.kind === 'unknown';
}

function toCommitResult(error: unknown): CommitResult {
  if (error instanceof NotStorable) return { kind: 'rejected', code: 'VALIDATION_ERROR' };
  return { kind: error instanceof NotBegun ? 'not-begun' : 'unknown', error };
}

function resultAt(results: readonly CommitResult[], index: number): CommitResult {
  return results[index] ?? { kind: 'unknown', error: undefined };
}

function includes({ queued }: Batch, roomId: RoomId): boolean {
  return queued.some(({ command }) => command.roomId === roomId);
}

function roomsOf({ queued }: Batch): ReadonlySet<RoomId> {
  return new Set(queued.map(({ command }) => command.roomId));
}
