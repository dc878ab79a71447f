/** Reads the body of an upload as it arrives, in turns with the bodies of others. */
import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/protocol';

/** A body whose end is not needed is read up to here, so that the client reads the answer. */
const REST_BYTES_MAX = 64 * 1024 * 1024;
const REST_MS_MAX = 10_000;

/** Requests whose clients have stopped to send. */
const idle = new WeakSet<IncomingMessage>();

/**
 * The bytes of a body that is one file.
 *
 * @param idleMs Milliseconds without a byte after which the body counts as ended.
 * @throws {ChatError} VALIDATION_ERROR.
 */
export async function* bodyOf(
  request: IncomingMessage,
  idleMs: number,
): AsyncGenerator<Uint8Array> {
  const pieces = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const next = await beforeIdle(request, pieces.next(), idleMs);
      if (next.done === true) return;
      await new Promise<void>((resolve) => inTurn(resolve));
      yield next.value as Uint8Array;
    }
  } finally {
    // Waits for a piece that may never come.
    void pieces.return?.()?.catch(() => {});
  }
}

async function beforeIdle<T>(
  request: IncomingMessage,
  piece: Promise<T>,
  idleMs: number,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    noteIdle(request);
    late.reject(tooSlow());
  }, idleMs);
  try {
    return await Promise.race([piece, late.promise]);
  } catch (error) {
    throw error instanceof ChatError ? error : incomplete();
  } finally {
    clearTimeout(timer);
  }
}

export function noteIdle(request: IncomingMessage): void {
  idle.add(request);
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
  if (request.readableEnded || request.destroyed || idle.has(request)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  let bytes = 0;
  const timer = setTimeout(resolve, REST_MS_MAX);
  request.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > REST_BYTES_MAX) resolve();
  });
  for (const event of ['end', 'close', 'error']) request.once(event, () => resolve());
  request.resume();
  await promise;
  clearTimeout(timer);
}

/** Aborts its signal if the client of a request leaves before `end` is called. */
export function watchClient({ socket }: IncomingMessage): {
  readonly signal: AbortSignal;
  end(): void;
} {
  const controller = new AbortController();
  const leave = (): void => controller.abort(incomplete());
  socket.once('close', leave);
  return { signal: controller.signal, end: () => socket.off('close', leave) };
}

export function incomplete(): ChatError {
  return invalid('The body did not arrive completely');
}

export function tooSlow(): ChatError {
  return invalid('The body did not arrive in time');
}

/** The body is not what it must be. */
export function invalid(message: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { field: 'file', message });
}
