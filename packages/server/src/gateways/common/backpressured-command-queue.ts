/**
 * Queues the commands of one WebSocket. It pauses reading while commands run or answers wait to be
 * sent, so that the pending answers stay bounded.
 */
import type { Connection } from '@parley/websocket';
import type { ByteBudget, ByteGauge } from '../../domain/primitives/byte-budget.ts';
import { CommandQueue, type CommandQueueOwner } from './command-queue.ts';

export interface BackpressureOptions {
  /** Unsent bytes above which the socket is not read and no command starts. */
  readonly hardBufferBytes: number;
  readonly budget: Pick<ByteBudget, 'gauge' | 'isExhausted'>;
  readonly onFailure: (error: unknown) => void;
}

export class BackpressuredCommandQueue implements CommandQueueOwner {
  readonly #socket: Connection;
  readonly #hardBufferBytes: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #commands: CommandQueue;
  readonly #unsent: ByteGauge;
  #isOverloaded = false;
  #isPaused = false;
  #isReleased = false;

  constructor(socket: Connection, options: BackpressureOptions) {
    this.#socket = socket;
    this.#hardBufferBytes = options.hardBufferBytes;
    this.#onFailure = options.onFailure;
    this.#unsent = options.budget.gauge('unsent');
    this.#commands = new CommandQueue(this, options.budget);
  }

  add(command: Parameters<CommandQueue['add']>[0], bytes = 0): void {
    this.#commands.add(command, bytes);
  }

  trackPending(): ReturnType<CommandQueue['trackPending']> {
    return this.#commands.trackPending();
  }

  /** Drops the waiting commands; the socket may still send what it has. */
  close(): void {
    this.#commands.close();
  }

  /** The socket is gone. */
  release(): void {
    this.#isReleased = true;
    this.#unsent.set(0);
  }

  handleLoad(isFull: boolean): void {
    this.#isOverloaded = isFull;
    this.regulate();
  }

  handleFailure(error: unknown): void {
    this.#onFailure(error);
  }

  /** Must be called after sending, and after the send buffer has drained. */
  regulate(): void {
    if (this.#isReleased) return;
    const { bufferedBytes } = this.#socket;
    this.#unsent.set(bufferedBytes);
    const isFull = bufferedBytes > this.#hardBufferBytes;
    this.#commands.setPaused(isFull);
    const shouldPause = this.#isOverloaded || isFull;
    if (shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    if (shouldPause) this.#socket.pause();
    else this.#socket.resume();
  }
}
