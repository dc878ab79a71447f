/**
 * Queues the commands of one WebSocket. It pauses reading while commands run or answers wait to be
 * sent, so that the pending answers stay bounded.
 */
import type { Connection } from '@parley/websocket';
import { CommandQueue, type CommandQueueOwner } from './command-queue.ts';

export class BackpressuredCommandQueue implements CommandQueueOwner {
  readonly #socket: Connection;
  readonly #hardBufferBytes: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #commands: CommandQueue;
  #isOverloaded = false;
  #isPaused = false;

  /** @param hardBufferBytes Unsent bytes above which the socket is not read and no command starts. */
  constructor(socket: Connection, hardBufferBytes: number, onFailure: (error: unknown) => void) {
    this.#socket = socket;
    this.#hardBufferBytes = hardBufferBytes;
    this.#onFailure = onFailure;
    this.#commands = new CommandQueue(this);
  }

  take(command: Parameters<CommandQueue['take']>[0], bytes = 0): void {
    this.#commands.take(command, bytes);
  }

  trackPending(): ReturnType<CommandQueue['trackPending']> {
    return this.#commands.trackPending();
  }

  close(): void {
    this.#commands.close();
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
    const isFull = this.#socket.bufferedBytes > this.#hardBufferBytes;
    this.#commands.hold(isFull);
    const shouldPause = this.#isOverloaded || isFull;
    if (shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    if (shouldPause) this.#socket.pause();
    else this.#socket.resume();
  }
}
