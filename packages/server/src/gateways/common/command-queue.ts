/**
 * Runs the commands of one connection one after the other. A command that waits for the store
 * delays the commands behind it; a message that was admitted does not. Reading is paused to bound
 * the waiting commands.
 */
import { ChatError } from '@parley/protocol';
import type { ByteGauge, ClientMemoryBudget } from '../../domain/delivery/client-memory-budget.ts';
import type { Acknowledgement, OnAcknowledged } from '../../domain/delivery/log-writer.ts';

/** Admits a command that appends to the log. @throws {ChatError} if it does not. */
export type BeginCommand = (onAcknowledged: OnAcknowledged) => void | Promise<void>;
export type AnswerCommand = (acknowledgement: Acknowledgement) => void;

interface Waiting {
  readonly command: () => void | Promise<void>;
  readonly bytes: number;
}

/** Maximum number of waiting and unanswered commands. */
const COMMANDS_MAX = 256;
/** Maximum bytes of the waiting and unanswered commands; a single one may be longer. */
const BYTES_MAX = 1024 * 1024;
/** The same while the budget of the process is exhausted. */
const BYTES_MAX_EXHAUSTED = 64 * 1024;

export interface CommandQueueOwner {
  /** The load has risen above the limits, or has fallen to half of them. */
  handleLoad(isFull: boolean): void;
  /** A command threw an error that it should have answered itself. */
  handleFailure(error: unknown): void;
}

export class CommandQueue {
  readonly #owner: CommandQueueOwner;
  readonly #budget: Pick<ClientMemoryBudget, 'isExhausted'>;
  readonly #gauge: ByteGauge;
  /** Undefined while none wait: the storage of an array stays. */
  #waiting: Waiting[] | undefined;
  /** Bytes of the waiting and unanswered commands. */
  #bytes = 0;
  /** Bytes of the command that began last. */
  #begunBytes = 0;
  #isRunning = false;
  #isPaused = false;
  #isClosed = false;
  #pendingReplies = 0;
  #isFull = false;

  constructor(owner: CommandQueueOwner, budget: Pick<ClientMemoryBudget, 'gauge' | 'isExhausted'>) {
    this.#owner = owner;
    this.#budget = budget;
    this.#gauge = budget.gauge('commands');
  }

  /** Adds a command; it runs after the commands before it. */
  add(command: Waiting['command'], bytes = 0): void {
    if (this.#isClosed) return;
    this.#bytes += bytes;
    if (this.#isRunning || this.#isPaused) this.#wait({ command, bytes });
    else this.#run({ command, bytes });
    this.#regulate();
  }

  /** While paused, no command starts: its answer would wait with the others for a client that does not read. */
  setPaused(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused || this.#isRunning) return;
    this.#run();
    this.#regulate();
  }

  /**
   * Begins a command that appends to the log, and answers it exactly once, when its event has its
   * position in the sender's stream. The next command does not wait for the answer, because the
   * order is fixed at admission.
   *
   * @param begin Admits the command. If it throws, `onAcknowledged` is not called.
   * @param answer Sends the answer to an acknowledged command, at once: later events follow.
   * @param reject Sends an error in place of the answer.
   * @throws what `begin` throws.
   */
  defer(
    begin: BeginCommand,
    answer: AnswerCommand,
    reject: (error: unknown) => void,
  ): void | Promise<void> {
    const bytes = this.#begunBytes;
    this.#pendingReplies += 1;
    this.#bytes += bytes;
    // Called while a commit is broadcast, where an error would affect messages of other users.
    const onAcknowledged: OnAcknowledged = (result) => {
      try {
        if (result instanceof ChatError) reject(result);
        else answer(result);
        this.#noteAnswered(bytes);
      } catch (error) {
        this.#fail(error);
      }
    };
    try {
      return begin(onAcknowledged)?.catch((error: unknown) => {
        this.#noteAnswered(bytes);
        throw error;
      });
    } catch (error) {
      this.#noteAnswered(bytes);
      throw error;
    }
  }

  /** A command that began with these bytes has its answer, or needs none. */
  #noteAnswered(bytes: number): void {
    this.#pendingReplies -= 1;
    this.#bytes -= bytes;
    this.#regulate();
  }

  /** Drops the waiting commands. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = undefined;
    this.#gauge.set(0);
  }

  #wait(waiting: Waiting): void {
    this.#waiting ??= [];
    this.#waiting.push(waiting);
  }

  #takeNext(): Waiting | undefined {
    const next = this.#waiting?.shift();
    if (this.#waiting?.length === 0) this.#waiting = undefined;
    return next;
  }

  /** Runs commands synchronously until one returns a promise, so that they keep the order of their frames. */
  #run(first?: Waiting): void {
    this.#isRunning = true;
    for (let next = first; !this.#isPaused; next = undefined) {
      next ??= this.#takeNext();
      if (next === undefined) break;
      this.#bytes -= next.bytes;
      this.#begunBytes = next.bytes;
      const running = this.#begin(next);
      if (running === undefined) continue;
      void running
        .catch((error: unknown) => this.#fail(error))
        .then(() => {
          this.#run();
          this.#regulate();
        })
        .catch((error: unknown) => this.#fail(error));
      return;
    }
    this.#isRunning = false;
  }

  #begin({ command }: Waiting): void | Promise<void> {
    try {
      return command();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#owner.handleFailure(error);
  }

  #regulate(): void {
    if (this.#isClosed) return;
    this.#gauge.set(this.#bytes);
    const bytesMax = this.#budget.isExhausted ? BYTES_MAX_EXHAUSTED : BYTES_MAX;
    const load = Math.max(
      ((this.#waiting?.length ?? 0) + this.#pendingReplies) / COMMANDS_MAX,
      this.#bytes / bytesMax,
    );
    const isFull = this.#isFull ? load > 0.5 : load > 1;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#owner.handleLoad(isFull);
  }
}
