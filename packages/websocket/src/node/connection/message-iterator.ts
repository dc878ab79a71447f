/**
 * The messages of a connection for `for await`: reading pauses while the loop is busy, so a peer
 * cannot fill the memory of a slow application.
 *
 * The loop ends when the connection has ended; it throws the error that ended it, if there was one.
 * Leaving the loop does not close the connection.
 */
import type { Buffer } from 'node:buffer';
import type { WebSocketError } from '../../protocol/errors.ts';
import { toKept } from '../receive/shared-read-buffer.ts';

export interface ReceivedMessage {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

interface IteratedConnection {
  readonly state: string;
  pause(): void;
  resume(): void;
  on(name: string, listener: (...event: never[]) => void): unknown;
  off(name: string, listener: (...event: never[]) => void): unknown;
}

/** Messages that wait for the loop before reading pauses. */
const WAITING_MAX = 16;

type Result = IteratorResult<ReceivedMessage, undefined>;

interface Waiter {
  resolve(result: Result): void;
  reject(error: unknown): void;
}

const END: Result = Object.freeze({ done: true, value: undefined });

export class MessageIterator implements AsyncIterableIterator<ReceivedMessage, undefined> {
  readonly #connection: IteratedConnection;
  readonly #waiting: ReceivedMessage[] = [];
  readonly #waiters: Waiter[] = [];
  #isPaused = false;
  #isOver = false;
  #error: WebSocketError | undefined;

  /** Messages are kept from now on. */
  constructor(connection: IteratedConnection) {
    this.#connection = connection;
    if (connection.state === 'CLOSED') {
      this.#isOver = true;
      return;
    }
    connection.on('message', this.#handleMessage);
    connection.on('error', this.#handleError);
    connection.on('close', this.#handleClose);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    const value = this.#waiting.shift();
    if (value !== undefined) {
      if (this.#waiting.length === 0) this.#resume();
      return Promise.resolve({ done: false, value });
    }
    if (this.#isOver) return this.#end();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** The loop was left: messages are no longer kept, and reading continues. */
  return(): Promise<Result> {
    this.#waiting.length = 0;
    this.#error = undefined;
    this.#finish();
    this.#resume();
    return Promise.resolve(END);
  }

  readonly #handleMessage = (data: Buffer, isBinary: boolean): void => {
    // Pooled bytes are overwritten after this call; a copy of a `Buffer` is one too.
    const message = { data: toKept(data) as Buffer, isBinary };
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: message });
      return;
    }
    this.#waiting.push(message);
    if (this.#waiting.length < WAITING_MAX || this.#isPaused) return;
    this.#isPaused = true;
    this.#connection.pause();
  };

  readonly #handleError = (error: WebSocketError): void => {
    this.#error ??= error;
  };

  readonly #handleClose = (): void => this.#finish();

  #finish(): void {
    this.#isOver = true;
    this.#connection.off('message', this.#handleMessage);
    this.#connection.off('error', this.#handleError);
    this.#connection.off('close', this.#handleClose);
    for (const { resolve, reject } of this.#waiters.splice(0)) {
      this.#end().then(resolve, reject);
    }
  }

  /** The error is thrown once; then the iterator is over. */
  #end(): Promise<Result> {
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve(END) : Promise.reject(error);
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#connection.resume();
  }
}
