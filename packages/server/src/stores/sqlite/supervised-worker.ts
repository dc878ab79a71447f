/**
 * A database thread that is replaced when it ends or does not answer in time. Its running calls are
 * perhaps stored, and fail with that information. Until the next thread has opened the file, calls
 * are rejected.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { NotBegun } from '../../ports/store.ts';
import type { ArgumentOf, Operations, ResultOf } from './operations.ts';
import { WorkerClient } from './worker-client.ts';
import type { DatabaseThreadOptions, LogOrder } from './worker-protocol.ts';

/** Milliseconds between two attempts to open the file. */
const RETRY_MS = 1000;
/** How often a thread is checked within its time limit. */
const CHECKS_PER_TIMEOUT = 4;

interface SupervisedWorkerOptions {
  /** Milliseconds without an answer after which a thread is replaced. */
  readonly timeoutMs: number;
  /** Called when a thread is lost, and when the next one cannot open the file. */
  readonly onFailure: (error: unknown) => void;
}

export class SupervisedWorker<O extends Operations> {
  readonly #threadOptions: DatabaseThreadOptions;
  readonly #options: SupervisedWorkerOptions;
  readonly #watch: NodeJS.Timeout;
  #thread: WorkerClient<O> | undefined;
  #replacing: Promise<void> | undefined;
  #isClosed = false;
  #isSilent = false;

  /** Resolves when the thread has opened its file. @throws the reason if it cannot. */
  static async start<O extends Operations>(
    threadOptions: DatabaseThreadOptions,
    options: SupervisedWorkerOptions,
  ): Promise<SupervisedWorker<O>> {
    const kept = new SupervisedWorker<O>(threadOptions, options);
    try {
      await kept.#open();
    } catch (error) {
      await kept.close();
      throw error;
    }
    return kept;
  }

  private constructor(threadOptions: DatabaseThreadOptions, options: SupervisedWorkerOptions) {
    this.#threadOptions = threadOptions;
    this.#options = options;
    this.#watch = setInterval(() => this.#checkThread(), options.timeoutMs / CHECKS_PER_TIMEOUT);
  }

  /** @throws StoreUnavailable like `WorkerClient.call`; NotBegun while there is no thread. */
  call<K extends keyof O & string>(name: K, argument: ArgumentOf<O, K>): Promise<ResultOf<O, K>> {
    if (this.#thread !== undefined) return this.#thread.call(name, argument);
    return Promise.reject(this.#unavailable());
  }

  /** The thread that takes calls now. @throws NotBegun while there is none. */
  get thread(): WorkerClient<O> {
    if (this.#thread === undefined) throw this.#unavailable();
    return this.#thread;
  }

  /** Like `WorkerClient.order`, if there is a thread. */
  order(order: LogOrder): void {
    this.#thread?.order(order);
  }

  /** Finishes waiting calls, then ends the thread. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#replacing;
    await this.#thread?.close();
    clearInterval(this.#watch);
  }

  #unavailable(): NotBegun {
    const why = this.#isClosed ? 'The store is closed' : 'The database is being reopened';
    return new NotBegun(why);
  }

  async #open(): Promise<void> {
    const thread: WorkerClient<O> = await WorkerClient.start(this.#threadOptions, (error) => {
      this.#thread = undefined;
      this.#options.onFailure(error);
      // One thread at a time: the file belongs to the old one until it has exited.
      this.#replacing = thread.exited.then(() => this.#reopen());
    });
    this.#thread = thread;
  }

  async #reopen(): Promise<void> {
    let hasSent = false;
    while (!this.#isClosed) {
      try {
        await this.#open();
        return;
      } catch (error) {
        if (!hasSent) this.#options.onFailure(error);
        hasSent = true;
        await wait(RETRY_MS);
      }
    }
  }

  #checkThread(): void {
    const { timeoutMs } = this.#options;
    const wasSilent = this.#isSilent;
    this.#isSilent = (this.#thread?.silentMs ?? 0) >= timeoutMs;
    // Checked twice: if this process itself was stalled, the answer is read before the second
    // check.
    if (!this.#isSilent || !wasSilent) return;
    this.#isSilent = false;
    this.#thread?.giveUp(new Error(`The database thread gave no answer for ${timeoutMs} ms`));
  }
}
