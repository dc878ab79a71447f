/**
 * The commands of one WebSocket, which is read no faster than they are carried out
 * and their answers leave: what is owed stays bounded by what was accepted.
 */
import type { Connection } from '@parley/websocket';
import { CommandQueue, type CommandQueueOwner } from './command-queue.ts';

export class BackpressuredCommandQueue implements CommandQueueOwner {
  readonly #socket: Connection;
  readonly #hardBufferBytes: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #lane: CommandQueue;
  #isOverloaded = false;
  #isPaused = false;

  /** @param hardBufferBytes Unsent bytes above which it is not read on, and no command of it begun. */
  constructor(socket: Connection, hardBufferBytes: number, onFailure: (error: unknown) => void) {
    this.#socket = socket;
    this.#hardBufferBytes = hardBufferBytes;
    this.#onFailure = onFailure;
    this.#lane = new CommandQueue(this);
  }

  take(command: Parameters<CommandQueue['take']>[0], bytes = 0): void {
    this.#lane.take(command, bytes);
  }

  trackPending(): ReturnType<CommandQueue['trackPending']> {
    return this.#lane.trackPending();
  }

  close(): void {
    this.#lane.close();
  }

  handleLoad(isFull: boolean): void {
    this.#isOverloaded = isFull;
    this.regulate();
  }

  handleFailure(error: unknown): void {
    this.#onFailure(error);
  }

  /** To be called when something was sent, and when it has left. */
  regulate(): void {
    const isFull = this.#socket.bufferedBytes > this.#hardBufferBytes;
    this.#lane.hold(isFull);
    const shouldPause = this.#isOverloaded || isFull;
    if (shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    if (shouldPause) this.#socket.pause();
    else this.#socket.resume();
  }
}
