/** The messages of a connection for `for await`: reading pauses while the loop is busy. */
import type { Buffer } from 'node:buffer';
import type { EventEmitter } from 'node:events';
import type { WebSocketError } from '../../protocol/errors.ts';
import { toKept } from '../receive/shared-read-buffer.ts';
import { PAUSES, type SocketReader } from '../receive/socket-reader.ts';

export interface ReceivedMessage {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

type IteratedConnection = EventEmitter & { readonly state: string };

type PausedReader = Pick<SocketReader, 'pause' | 'resume'>;

const WAITING_MAX = 16;

type Result = IteratorResult<ReceivedMessage, undefined>;

const END: Result = Object.freeze({ done: true, value: undefined });

export class MessageIterator implements AsyncIterableIterator<ReceivedMessage, undefined> {
  readonly #connection: IteratedConnection;
  readonly #reader: PausedReader;
  readonly #waiting: ReceivedMessage[] = [];
  readonly #waiters: ((result: Result | Promise<Result>) => void)[] = [];
  #isPaused = false;
  #isOver: boolean;
  #error: WebSocketError | undefined;

  constructor(connection: IteratedConnection, reader: PausedReader) {
    this.#connection = connection;
    this.#reader = reader;
    this.#isOver = connection.state === 'CLOSED';
    if (this.#isOver) return;
    for (const [name, listener] of Object.entries(this.#listeners)) connection.on(name, listener);
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
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  return(): Promise<Result> {
    this.#waiting.length = 0;
    this.#error = undefined;
    this.#finish();
    this.#resume();
    return Promise.resolve(END);
  }

  readonly #listeners = {
    message: (data: Buffer, isBinary: boolean): void => {
      // Pooled bytes are overwritten after this call; a copy of a `Buffer` is one too.
      const value = { data: toKept(data) as Buffer, isBinary };
      const resolve = this.#waiters.shift();
      if (resolve !== undefined) {
        resolve({ done: false, value });
        return;
      }
      this.#waiting.push(value);
      if (this.#waiting.length < WAITING_MAX) return;
      // Again if another loop over the connection has resumed it.
      this.#isPaused = true;
      this.#reader.pause(PAUSES.loop);
    },
    error: (error: WebSocketError): void => {
      this.#error ??= error;
    },
    close: (): void => this.#finish(),
  };

  #finish(): void {
    this.#isOver = true;
    const listeners = Object.entries(this.#listeners);
    for (const [name, listener] of listeners) this.#connection.off(name, listener);
    for (const resolve of this.#waiters.splice(0)) resolve(this.#end());
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
    this.#reader.resume(PAUSES.loop);
  }
}
