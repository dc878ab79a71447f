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

const WAITING_MAX = 16;

type Result = IteratorResult<ReceivedMessage, undefined>;

const END: Result = Object.freeze({ done: true, value: undefined });

/** Messages that waited for a loop that ended early; the next one returns them. */
interface Rest {
  readonly waiting: ReceivedMessage[];
  readonly failure: WebSocketError | undefined;
}

const rests = new WeakMap<EventEmitter, Rest>();

/** Returns the messages from now on, after those that a loop before has left. */
export function iterateMessages(
  connection: EventEmitter & { readonly state: string },
  reader: Pick<SocketReader, 'pause' | 'resume'>,
): AsyncIterableIterator<ReceivedMessage, undefined> {
  const rest = rests.get(connection);
  rests.delete(connection);
  const waiting = rest?.waiting ?? [];
  const waiters: ((result: Result | Promise<Result>) => void)[] = [];
  let isPaused = false;
  let isOver = connection.state === 'CLOSED';
  let failure = rest?.failure;

  const listeners = Object.entries({
    message: (data: Buffer, isBinary: boolean): void => {
      // Pooled bytes are overwritten after this call; a copy of a `Buffer` is one too.
      const value = { data: toKept(data) as Buffer, isBinary };
      const resolve = waiters.shift();
      if (resolve !== undefined) {
        resolve({ done: false, value });
        return;
      }
      waiting.push(value);
      if (waiting.length < WAITING_MAX) return;
      // Again if another loop over the connection has resumed it.
      isPaused = true;
      reader.pause(PAUSES.loop);
    },
    error: (error: WebSocketError): void => {
      failure ??= error;
    },
    close: finish,
  });
  if (!isOver) for (const [name, listener] of listeners) connection.on(name, listener);

  function finish(): void {
    isOver = true;
    for (const [name, listener] of listeners) connection.off(name, listener);
    for (const resolve of waiters.splice(0)) resolve(end());
  }

  /** The error is thrown once; then the iterator is over. */
  function end(): Promise<Result> {
    const error = failure;
    failure = undefined;
    return error === undefined ? Promise.resolve(END) : Promise.reject(error);
  }

  function resume(): void {
    if (isPaused) reader.resume(PAUSES.loop);
    isPaused = false;
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      const value = waiting.shift();
      if (value !== undefined) {
        if (waiting.length === 0) resume();
        return Promise.resolve({ done: false, value });
      }
      return isOver ? end() : new Promise((resolve) => waiters.push(resolve));
    },
    return() {
      if (waiting.length > 0 || failure !== undefined) {
        rests.set(connection, { waiting: waiting.splice(0), failure });
        failure = undefined;
      }
      finish();
      resume();
      return Promise.resolve(END);
    },
  };
}
