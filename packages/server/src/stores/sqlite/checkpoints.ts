/** The main thread's side of the checkpoint thread: keeps it running and forwards its requests. */
import { MessageChannel, Worker } from 'node:worker_threads';
import type { CheckpointStart, LogOrder } from './worker-protocol.ts';

/**
 * Milliseconds before the thread is started, or replaced after it ended: the log does not grow long
 * in that time.
 */
const START_DELAY_MS = 1000;

interface CheckpointsOptions {
  readonly writer: { order(order: LogOrder): void };
  /**
   * Called when the thread is lost; the writer runs the checkpoints itself until another one runs.
   */
  readonly onFailure: (error: unknown) => void;
}

export class Checkpoints {
  readonly #file: string;
  readonly #options: CheckpointsOptions;
  #end: (() => Promise<void>) | undefined;
  #delay: NodeJS.Timeout | undefined;
  #isClosed = false;

  static start(file: string, options: CheckpointsOptions): Checkpoints {
    const checkpoints = new Checkpoints(file, options);
    checkpoints.#startLater();
    return checkpoints;
  }

  private constructor(file: string, options: CheckpointsOptions) {
    this.#file = file;
    this.#options = options;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#delay);
    await this.#end?.();
  }

  #startLater(): void {
    this.#delay = setTimeout(() => this.#start(), START_DELAY_MS);
  }

  #start(): void {
    const { port1: port, port2 } = new MessageChannel();
    const start: CheckpointStart = { file: this.#file, port: port2 };
    const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), {
      workerData: start,
      transferList: [port2],
      name: 'sqlite-checkpoint',
    });
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
    });
    this.#end = async () => {
      port.postMessage('close');
      await exited;
    };
    port.on('message', (order: LogOrder) => this.#options.writer.order(order));
    worker.on('error', this.#options.onFailure);
    worker.on('exit', () => {
      port.close();
      this.#end = undefined;
      if (!this.#isClosed) this.#startLater();
    });
  }
}
