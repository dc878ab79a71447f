/**
 * The main thread's side of a database thread. While one batch runs, calls are collected and sent
 * together as the next one. Many writers therefore share one `fsync`, and many readers one
 * snapshot.
 */
import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { NotBegun, StoreUnavailable } from '../../ports/store.ts';
import type { ArgumentOf, Operations, ResultOf } from './operations.ts';
import {
  type Call,
  type CallResult,
  COMMITTING,
  type DatabaseThreadOptions,
  isFailure,
  type LogOrder,
  type Order,
  type ThreadStart,
} from './worker-protocol.ts';

/** Maximum number of waiting calls; above it the store is unavailable. */
const WAITING_MAX = 20_000;
/**
 * Maximum number of calls in one batch: limits how long the first waits for the last, and for a
 * reader how many answers are processed in one turn of the event loop.
 */
const BATCH_MAX = Object.freeze({ writer: 1_000, reader: 64 });

const ENDED = 'The database thread has ended';

interface PendingCall {
  readonly call: Call;
  readonly onReady?: (() => void) | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** MiB for new objects: rows are short-lived, and memory taken in a burst is never returned. */
const YOUNG_MIB = { writer: 12, reader: 6 };

export class WorkerClient<O extends Operations> {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #role: DatabaseThreadOptions['role'];
  readonly #onFailure: (error: unknown) => void;
  #waiting: PendingCall[] = [];
  #atWork: PendingCall[] = [];
  #state: 'open' | 'closing' | 'closed' = 'open';
  /** True while the next batch may be sent although one is running. */
  #isCommitting = false;
  #failuresKnown = 0;
  #heardMs = 0;
  #isResting = false;
  #onIdle: (() => void) | undefined;
  /** Resolves when the thread has exited. */
  readonly exited: Promise<unknown>;

  /** Resolves when the thread has opened its file; calls `onFailure` if it ends unexpectedly. */
  static async start<O extends Operations>(
    options: DatabaseThreadOptions,
    onFailure: (error: unknown) => void,
  ): Promise<WorkerClient<O>> {
    const { port1: port, port2 } = new MessageChannel();
    const start: ThreadStart = { ...options, port: port2 };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: start,
      transferList: [port2],
      name: `sqlite-${options.role}`,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB[options.role] },
    });
    const failure = new Promise<never>((_, reject) => {
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error(ENDED)));
    });
    try {
      await Promise.race([once(port, 'message'), failure]); // 'ready'
    } catch (error) {
      // The callee may open the file again: locks of this thread must not interfere.
      await worker.terminate();
      throw error;
    }
    return new WorkerClient<O>(worker, port, { role: options.role, onFailure });
  }

  private constructor(
    worker: Worker,
    port: MessagePort,
    about: {
      readonly role: DatabaseThreadOptions['role'];
      readonly onFailure: (error: unknown) => void;
    },
  ) {
    this.#worker = worker;
    this.#port = port;
    this.#role = about.role;
    this.#onFailure = about.onFailure;
    // Not `once`, which rejects for a thread that ends with an error.
    this.exited = new Promise((resolve) => worker.once('exit', resolve));
    port.on('message', (message: readonly CallResult[] | typeof COMMITTING | 'closed') => {
      if (message === COMMITTING) this.#sendAhead();
      else if (message !== 'closed') this.#settle(message);
    });
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error(ENDED)));
  }

  /** @throws StoreUnavailable when the outcome is unknown; NotBegun when too many calls wait. */
  call<K extends keyof O & string>(name: K, argument: ArgumentOf<O, K>): Promise<ResultOf<O, K>> {
    return this.#enqueue({ name, argument });
  }

  /**
   * A call that may be followed by another one, made from within `onReady`, while this one is being
   * made durable.
   *
   * @throws StoreUnavailable like `call`.
   * @throws NotBegun if it was such a following call and the running one has failed.
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
    if (this.#state !== 'open') return Promise.reject(new NotBegun('The store is closed'));
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(new NotBegun('Too many calls are waiting for the store'));
    }
    const result = new Promise((resolve, reject) => {
      this.#waiting.push({ call, onReady, resolve, reject });
    });
    // Reads that one command starts together take one round trip.
    if (this.#role === 'reader') queueMicrotask(() => this.#pump());
    else this.#pump();
    // The thread runs the operation of this name.
    return result as Promise<ResultOf<O, K>>;
  }

  /** Lets the thread do this to the write-ahead log after its queued calls. */
  order(order: LogOrder): void {
    if (this.#state === 'open') this.#order(order);
  }

  /** Milliseconds for which it has been running calls without an answer. */
  get silentMs(): number {
    return this.#atWork.length === 0 ? 0 : performance.now() - this.#heardMs;
  }

  /** Marks the thread as lost, and ends it as soon as its current operation returns. */
  giveUp(error: unknown): void {
    this.#fail(error);
    void this.#worker.terminate();
  }

  /** Finishes waiting calls, then ends the thread. */
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

  /** Sends the waiting calls while the previous batch is being flushed to disk. */
  #sendAhead(): void {
    this.#isCommitting = true;
    for (const { onReady } of [...this.#atWork]) onReady?.();
    this.#pump();
    // Later calls are too few for their own flush: they wait for the answer.
    this.#isCommitting = false;
  }

  /** Delays the next reads by one turn, so that sockets are served in between. */
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
    // Before the results are delivered: the thread runs while they are processed.
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
    const [lost, waiting] = [this.#atWork, this.#waiting];
    this.#atWork = [];
    this.#waiting = [];
    for (const { reject } of lost) reject(new StoreUnavailable(ENDED, { cause: error }));
    for (const { reject } of waiting) reject(new NotBegun(ENDED, { cause: error }));
    this.#onIdle?.();
    if (wasOpen) this.#onFailure(error);
  }
}
