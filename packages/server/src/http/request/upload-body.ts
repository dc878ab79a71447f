/** Reads the body of an upload as it arrives, in turns with the bodies of others. */
import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/protocol';

/** A body whose end is not needed is read up to here, so that the client reads the answer. */
const REST_BYTES_MAX = 64 * 1024 * 1024;
const REST_MS_MAX = 10_000;

/** Bytes per second that a client sends at least, on average over the time in which it may be silent. */
const LEAST_BYTES_PER_SECOND = 1024;

/** Requests that are not read to their ends. */
const given = new WeakSet<IncomingMessage>();

export interface UploadLimits {
  /** Of the client, in the form of limits. */
  readonly network: string;
  /** Milliseconds without a byte, or with too few of them, after which the body counts as ended. */
  readonly idleMs: number;
}

/** The client of an upload: it may leave, send too slowly, or have to give its place to another. */
export class UploadSource {
  readonly network: string;
  readonly #request: IncomingMessage;
  readonly #idleMs: number;
  readonly #stopped = new AbortController();
  readonly #bytesBefore: number;
  #watch: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage, { network, idleMs }: UploadLimits) {
    this.network = network;
    this.#request = request;
    this.#idleMs = idleMs;
    this.#bytesBefore = request.socket.bytesRead;
  }

  /** Aborted with an error for the client when its upload is to end. */
  get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  transferredBytes(): number {
    return this.#request.socket.bytesRead - this.#bytesBefore;
  }

  stop(error: Error): void {
    given.add(this.#request);
    this.#stopped.abort(error);
  }

  /** @param isWaiting Whether the client could send: while the server is slow, the client is not. */
  begin(isWaiting: () => boolean): void {
    const { socket } = this.#request;
    const least = (LEAST_BYTES_PER_SECOND * this.#idleMs) / 1000;
    let bytes = socket.bytesRead;
    let sinceMs = performance.now();
    socket.once('close', this.#leave);
    this.#watch = setInterval(() => {
      if (!isWaiting() || socket.bytesRead - bytes >= least) {
        bytes = socket.bytesRead;
        sinceMs = performance.now();
      } else if (performance.now() - sinceMs >= this.#idleMs) this.stop(tooSlow());
    }, this.#idleMs / 4);
  }

  end(): void {
    clearInterval(this.#watch);
    this.#request.socket.off('close', this.#leave);
  }

  readonly #leave = (): void => this.#stopped.abort(incomplete());
}

/**
 * The bytes of a body that is one file.
 *
 * @throws {ChatError} VALIDATION_ERROR. Also the reason of the signal of `source`.
 */
export async function* bodyOf(
  request: IncomingMessage,
  { signal }: Pick<UploadSource, 'signal'>,
  onWaiting: (isWaiting: boolean) => void,
): AsyncGenerator<Uint8Array> {
  const pieces = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      onWaiting(true);
      const next = await beforeStop(signal, () => pieces.next());
      onWaiting(false);
      if (next.done === true) return;
      await new Promise<void>((resolve) => inTurn(resolve));
      yield next.value as Uint8Array;
    }
  } finally {
    // Waits for a piece that may never come.
    void pieces.return?.()?.catch(() => {});
  }
}

/** @param read Is not called if the upload has ended: nobody would handle its rejection. */
async function beforeStop<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([read(), stopped.promise]);
  } catch (error) {
    throw error instanceof ChatError ? error : incomplete();
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Pieces of uploads that wait to be parsed: one of each upload. */
const pieces: (() => unknown)[] = [];

/** Milliseconds between two pieces while several uploads wait: 64 MB/s at most, and half of the time for the chat. */
const REST_MS = 1;

/**
 * Parses one piece in each turn of the event loop: those that many uploads bring at once would delay the
 * messages of others.
 */
export function inTurn(parse: () => unknown): void {
  pieces.push(parse);
  if (pieces.length === 1) setImmediate(parseNext);
}

function parseNext(): void {
  const [parse] = pieces;
  parse?.();
  pieces.shift();
  if (pieces.length > 1) setTimeout(parseNext, REST_MS);
  else if (pieces.length > 0) setImmediate(parseNext);
}

/** A client that still sends would get a broken connection in place of the answer. */
export async function readRest(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed || given.has(request)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  let bytes = 0;
  const timer = setTimeout(resolve, REST_MS_MAX);
  request.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > REST_BYTES_MAX) resolve();
    request.pause();
    inTurn(() => request.resume());
  });
  for (const event of ['end', 'close', 'error']) request.once(event, () => resolve());
  request.resume();
  await promise;
  clearTimeout(timer);
}

function incomplete(): ChatError {
  return invalid('The body did not arrive completely');
}

function tooSlow(): ChatError {
  return invalid('The body did not arrive in time');
}

/** The body is not what it must be. */
export function invalid(message: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { field: 'file', message });
}
