/**
 * A database thread that is replaced when it ends by itself, or gives no answer for
 * too long. What it had at work is perhaps stored, and its callers are told so.
 * Until the next thread has opened the file, nothing more is taken.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable } from '../../ports/store.ts';
import type { ArgumentOf, Operations, ResultOf } from './operations.ts';
import { WorkerClient } from './worker-client.ts';
import type { DatabaseTerms } from './worker-protocol.ts';

/** Between two tries to open the file. */
const RETRY_MS = 1000;
/** How often within its time a thread is looked after. */
const LOOKS = 4;

export interface SupervisedWorkerOptions {
  /** After which a thread that gives no answer is given up. */
  readonly timeoutMs: number;
  /** Told when a thread is lost, and when the next one cannot open the file. */
  readonly onFailure: (error: unknown) => void;
}

export class SupervisedWorker<O extends Operations> {
  readonly #terms: DatabaseTerms;
  readonly #options: SupervisedWorkerOptions;
  readonly #watch: NodeJS.Timeout;
  #thread: WorkerClient<O> | undefined;
  #replacing: Promise<void> | undefined;
  #isClosed = false;
  #isSilent = false;

  /** Resolves when the thread has opened its file. @throws why it cannot. */
  static async start<O extends Operations>(
    terms: DatabaseTerms,
    options: SupervisedWorkerOptions,
  ): Promise<SupervisedWorker<O>> {
    const kept = new SupervisedWorker<O>(terms, options);
    try {
      await kept.#open();
    } catch (error) {
      await kept.close();
      throw error;
    }
    return kept;
  }

  private constructor(terms: DatabaseTerms, options: SupervisedWorkerOptions) {
    this.#terms = terms;
    this.#options = options;
    this.#watch = setInterval(() => this.#look(), options.timeoutMs / LOOKS);
  }

  /** @throws StoreUnavailable as `SqliteThread.call`, and while there is no thread. */
  call<K extends keyof O & string>(name: K, argument: ArgumentOf<O, K>): Promise<ResultOf<O, K>> {
    if (this.#thread !== undefined) return this.#thread.call(name, argument);
    return Promise.reject(this.#whyNot());
  }

  /** As `call`, in the order of calls; see `SqliteThread.callInOrder`. */
  callInOrder<K extends keyof O & string>(
    name: K,
    argument: ArgumentOf<O, K>,
    onReady?: () => void,
  ): Promise<ResultOf<O, K>> {
    if (this.#thread !== undefined) return this.#thread.callInOrder(name, argument, onReady);
    return Promise.reject(this.#whyNot());
  }

  /** As `SqliteThread.checkpoint`, where there is a thread. */
  checkpoint(): void {
    this.#thread?.checkpoint();
  }

  /** Ends what waits, then the thread. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#replacing;
    await this.#thread?.close();
    clearInterval(this.#watch);
  }

  #whyNot(): StoreUnavailable {
    const why = this.#isClosed ? 'The store is closed' : 'The database is being opened anew';
    return new StoreUnavailable(why);
  }

  async #open(): Promise<void> {
    const thread: WorkerClient<O> = await WorkerClient.start(this.#terms, (error) => {
      this.#thread = undefined;
      this.#options.onFailure(error);
      // One at a time: the file is the other's until it is gone.
      this.#replacing = thread.exited.then(() => this.#openAnew());
    });
    this.#thread = thread;
  }

  async #openAnew(): Promise<void> {
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

  #look(): void {
    const { timeoutMs } = this.#options;
    const wasSilent = this.#isSilent;
    this.#isSilent = (this.#thread?.silentMs ?? 0) >= timeoutMs;
    // Twice: where this process itself stood still, the answer is there, and is read before the second look.
    if (!this.#isSilent || !wasSilent) return;
    this.#isSilent = false;
    this.#thread?.giveUp(new Error(`The database thread gave no answer for ${timeoutMs} ms`));
  }
}
