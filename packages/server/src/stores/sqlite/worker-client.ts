/**
 * The main thread's side of a database thread. While one batch is at work, calls
 * gather; they go together as the next one. So many writers share one `fsync`,
 * and many readers one snapshot.
 */
import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { NotBegun, StoreUnavailable } from '../../ports/store.ts';
import type { ArgumentOf, Operations, ResultOf } from './operations.ts';
import {
  type Call,
  type CallResult,
  COMMITTING,
  type DatabaseTerms,
  isFailure,
  type Order,
  type ThreadStart,
} from './worker-protocol.ts';

/** Calls that may wait; above it the store is not available. */
const WAITING_MAX = 20_000;
/**
 * Calls in one batch: bounds how long the first of them waits for the last, and of a
 * reader how much its answers give to do in one turn of the event loop.
 */
const BATCH_MAX = Object.freeze({ writer: 1_000, reader: 64 });

const ENDED = 'The database thread has ended';

interface PendingCall {
  readonly call: Call;
  readonly onReady?: (() => void) | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Room for new objects: rows live for a moment, and what a rush makes of it is never given back. */
const YOUNG_MIB = { writer: 12, reader: 6 };

export class WorkerClient<O extends Operations> {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #role: DatabaseTerms['role'];
  readonly #onFailure: (error: unknown) => void;
  #waiting: PendingCall[] = [];
  #atWork: PendingCall[] = [];
  #state: 'open' | 'closing' | 'closed' = 'open';
  /** While the next batch may be sent although one is at work. */
  #isCommitting = false;
  #failuresKnown = 0;
  #heardMs = 0;
  #isResting = false;
  #onIdle: (() => void) | undefined;
  /** Resolves when the thread is gone. */
  readonly exited: Promise<unknown>;

  /** Resolves when the thread has opened its file; `onFailure` is told if it ends by itself. */
  static async start<O extends Operations>(
    terms: DatabaseTerms,
    onFailure: (error: unknown) => void,
  ): Promise<WorkerClient<O>> {
    const { port1: port, port2 } = new MessageChannel();
    const start: ThreadStart = { ...terms, port: port2 };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: start,
      transferList: [port2],
      name: `sqlite-${terms.role}`,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB[terms.role] },
    });
    const failure = new Promise<never>((_, reject) => {
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error(ENDED)));
    });
    try {
      await Promise.race([once(port, 'message'), failure]); // 'ready'
    } catch (error) {
      // Whoever is told may open the file anew: no lock of this one is to be in the way.
      await worker.terminate();
      throw error;
    }
    return new WorkerClient<O>(worker, port, { role: terms.role, onFailure });
  }

  private constructor(
    worker: Worker,
    port: MessagePort,
    about: {
      readonly role: DatabaseTerms['role'];
      readonly onFailure: (error: unknown) => void;
    },
  ) {
    this.#worker = worker;
    this.#port = port;
    this.#role = about.role;
    this.#onFailure = about.onFailure;
    // Not by `once`, which fails for a thread that ends by an error.
    this.exited = new Promise((resolve) => worker.once('exit', resolve));
    port.on('message', (message: readonly CallResult[] | typeof COMMITTING | 'closed') => {
      if (message === COMMITTING) this.#sendAhead();
      else if (message !== 'closed') this.#settle(message);
    });
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error(ENDED)));
  }

  /** @throws StoreUnavailable when too many wait, or when it is not known whether it was done. */
  call<K extends keyof O & string>(name: K, argument: ArgumentOf<O, K>): Promise<ResultOf<O, K>> {
    return this.#enqueue({ name, argument });
  }

  /**
   * A call whose successor may be made, from within `onReady`, while this one is made durable.
   *
   * @throws StoreUnavailable as `call`.
   * @throws NotBegun where it was made so, and what was at work then has failed.
   */
  callInOrder<K extends keyof O & string>(
    name: K,
    argument: ArgumentOf<O, K>,
    onReady?: () => void,
  ): Promise<ResultOf<O, K>> {
    const failuresKnown = this.#isCommitting ? this.#failuresKnown : undefined;
    return this.#enqueue({ name, argument, failuresKnown }, onReady);
  }

  #enqueue<K extends keyof O & string>(call: Call, onReady?: () => void): Promise<ResultOf<O, K>> {
    if (this.#state !== 'open') return Promise.reject(new StoreUnavailable('The store is closed'));
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(new StoreUnavailable('Too much waits for the store'));
    }
    const result = new Promise((resolve, reject) => {
      this.#waiting.push({ call, onReady, resolve, reject });
    });
    this.#pump();
    // The thread runs the operation of this very name.
    return result as Promise<ResultOf<O, K>>;
  }

  /** Lets the thread copy what is left of the write-ahead log, in its turn. */
  checkpoint(): void {
    if (this.#state === 'open') this.#order('checkpoint');
  }

  /** How long it has had something at work without an answer. */
  get silentMs(): number {
    return this.#atWork.length === 0 ? 0 : performance.now() - this.#heardMs;
  }

  /** Takes it for lost, and ends it as soon as whatever holds it lets go. */
  giveUp(error: unknown): void {
    this.#fail(error);
    void this.#worker.terminate();
  }

  /** Ends what waits, then the thread. */
  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    if (this.#atWork.length > 0 || this.#waiting.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    this.#state = 'closed';
    this.#order('close');
    await this.exited;
  }

  #order(order: Order): void {
    this.#port.postMessage(order);
  }

  #pump(): void {
    const isBusy = this.#atWork.length > 0 && !this.#isCommitting;
    if (isBusy || this.#isResting) return;
    if (this.#waiting.length === 0) {
      if (this.#atWork.length === 0) this.#onIdle?.();
      return;
    }
    const batch = this.#waiting.splice(0, BATCH_MAX[this.#role]);
    if (this.#atWork.length === 0) this.#heardMs = performance.now();
    this.#atWork.push(...batch);
    this.#port.postMessage(batch.map(({ call }) => call));
  }

  /** What is there by now goes while the batch before it is on its way to the disk. */
  #sendAhead(): void {
    this.#isCommitting = true;
    for (const { onReady } of [...this.#atWork]) onReady?.();
    this.#pump();
    // What comes now is too little for a flush of its own: it waits for the answer.
    this.#isCommitting = false;
  }

  /** What is read next waits a turn, so that sockets have theirs in between. */
  #rest(): void {
    this.#isResting = true;
    setImmediate(() => {
      this.#isResting = false;
      this.#pump();
    });
  }

  #settle(results: readonly CallResult[]): void {
    this.#heardMs = performance.now();
    // A reader answers a long batch in parts.
    const settled = this.#atWork.splice(0, results.length);
    this.#failuresKnown += results.filter(isFailure).length;
    // Before anybody is told: the thread works while the answers are used.
    if (this.#role === 'writer') this.#pump();
    else if (this.#atWork.length === 0) this.#rest();
    for (const [index, { resolve, reject }] of settled.entries()) {
      const result = results[index];
      if (result?.kind === 'done') resolve(result.value);
      else if (result?.kind === 'failed') reject(result.error);
      else if (result?.kind === 'not-begun') reject(new NotBegun());
      else reject(new StoreUnavailable('The commit has failed', { cause: result?.error }));
    }
  }

  #fail(error: unknown): void {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'closed';
    const lost = [...this.#atWork, ...this.#waiting];
    this.#atWork = [];
    this.#waiting = [];
    for (const { reject } of lost) reject(new StoreUnavailable(ENDED, { cause: error }));
    this.#onIdle?.();
    if (wasOpen) this.#onFailure(error);
  }
}
