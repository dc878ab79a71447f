/**
 * Reads the files of a `multipart/form-data` body one after the other, as they arrive. Other fields
 * are ignored.
 */
import type { IncomingMessage } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { ChatError } from '@parley/protocol';

/** The part of `@fastify/busboy` that is used, which is loaded with the first upload. */
interface FormParser extends Omit<Writable, 'on'> {
  on(event: 'file', listener: (field: string, body: Readable, name?: string) => void): this;
  on(
    event: 'partsLimit' | 'filesLimit' | 'fieldsLimit' | 'finish' | 'close',
    listener: () => void,
  ): this;
  on(event: 'error', listener: (error: unknown) => void): this;
}
type FormParserClass = new (options: object) => FormParser;
/** A variable, so that the compiler does not look for it. */
const PACKAGE: string = '@fastify/busboy';

interface FormFile {
  /** As the client names it. */
  readonly name: string;
  readonly body: AsyncIterable<Uint8Array>;
}

interface FormLimits {
  readonly filesMax: number;
  /** Bytes of a file. */
  readonly bytesMax: number;
  /** Milliseconds without a byte after which the body counts as ended. */
  readonly idleMs: number;
}

const FIELDS_MAX = 10;
const FIELD_BYTES_MAX = 1024;
const HEADERS_MAX = 16;
/** A body whose end is not needed is read up to here, so that the client reads the answer. */
const REST_BYTES_MAX = 64 * 1024 * 1024;
const REST_MS_MAX = 10_000;

/** Requests whose clients have stopped to send. */
const idle = new WeakSet<IncomingMessage>();

/**
 * The consumer reads the body of each file before it takes the next.
 *
 * @throws {ChatError} VALIDATION_ERROR.
 */
export async function* filesOf(
  request: IncomingMessage,
  { filesMax, bytesMax, idleMs }: FormLimits,
): AsyncGenerator<FormFile> {
  const parser = await openParser(request, {
    files: filesMax,
    // One more: that it is too long is seen by the consumer.
    fileSize: bytesMax + 1,
    fields: FIELDS_MAX,
    fieldSize: FIELD_BYTES_MAX,
    headerPairs: HEADERS_MAX,
  });
  const files: (FormFile & { readonly body: Readable })[] = [];
  let ended: ChatError | 'complete' | undefined;
  let wake = Promise.withResolvers<void>();
  const end = (how: ChatError | 'complete'): void => {
    if (ended !== undefined) return;
    ended = how;
    if (how !== 'complete') for (const { body } of files) body.destroy(how);
    wake.resolve();
  };
  parser.on('file', (field, body, name = '') => {
    if (field !== 'file') {
      body.resume();
      return;
    }
    body.on('error', () => {}); // The consumer gets it, too.
    files.push({ name, body });
    wake.resolve();
  });
  for (const event of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    parser.on(event, () => end(invalid(`A request has at most ${filesMax} files`)));
  }
  parser.on('error', () => end(invalid('The body is not valid multipart/form-data')));
  parser.on('finish', () => end('complete'));
  request.on('close', () => {
    if (!request.complete) end(invalid('The body did not arrive completely'));
  });
  const watch = watchIdle(request, idleMs, () => {
    idle.add(request);
    end(invalid('The body did not arrive in time'));
  });
  request.pipe(parser as Writable);
  try {
    for (let next = 0; ; ) {
      const file = files[next];
      if (ended !== undefined && ended !== 'complete') throw ended;
      if (file !== undefined) {
        next += 1;
        yield file;
      } else if (ended === 'complete') {
        if (next === 0) throw invalid("The body has no part named 'file'");
        return;
      } else {
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
    }
  } finally {
    clearInterval(watch);
    request.unpipe(parser as Writable);
    if (ended !== 'complete') for (const { body } of files) body.destroy();
    parser.destroy();
  }
}

async function openParser(request: IncomingMessage, limits: object): Promise<FormParser> {
  const { Busboy } = (await import(PACKAGE)) as { readonly Busboy: FormParserClass };
  try {
    return new Busboy({ headers: request.headers, limits });
  } catch {
    throw invalid('The body must be multipart/form-data with a boundary');
  }
}

/** While the consumer is slow, the client is not. */
function watchIdle(request: IncomingMessage, idleMs: number, onIdle: () => void): NodeJS.Timeout {
  let bytes = -1;
  let sinceMs = performance.now();
  return setInterval(() => {
    const { bytesRead } = request.socket;
    if (bytesRead !== bytes || request.isPaused() || request.complete) {
      bytes = bytesRead;
      sinceMs = performance.now();
    } else if (performance.now() - sinceMs >= idleMs) onIdle();
  }, idleMs / 4);
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

function invalid(message: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { field: 'file', message });
}
