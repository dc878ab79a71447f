/**
 * Reads the files of a `multipart/form-data` body one after the other, as they arrive. Other fields
 * are ignored.
 */
import type { IncomingMessage } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { inTurn, invalid, type UploadLimits, UploadSource } from './upload-body.ts';

/** The part of `@fastify/busboy` that is used, which is loaded with the first upload. */
interface FormParser extends Omit<Writable, 'on'> {
  on(event: 'file', listener: (field: string, body: FileStream, name?: string) => void): this;
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
  /** Aborted if the upload is to end before the next file is asked for. */
  readonly signal: AbortSignal;
}

/** The part of its streams that is used. */
type FileStream = Readable & { readonly bytesRead: number };

/** The body has too many bytes outside of its files. */
export class RestTooLarge extends Error {
  override readonly name = 'RestTooLarge';
}

interface FormFiles extends AsyncIterable<FormFile> {
  readonly client: UploadSource;
}

interface FormLimits extends UploadLimits {
  readonly filesMax: number;
  /** Bytes of a file. */
  readonly bytesMax: number;
}

const FIELDS_MAX = 10;
const FIELD_BYTES_MAX = 1024;
const HEADERS_MAX = 16;
/** Bytes before and after the parts, of their headers, and of other parts. */
export const REST_BYTES_MAX = 256 * 1024;

/**
 * The consumer reads the body of each file before it takes the next. They are read once.
 *
 * @throws {ChatError} VALIDATION_ERROR, while they are read.
 * @throws {RestTooLarge}
 */
export function filesOf(request: IncomingMessage, limits: FormLimits): FormFiles {
  const client = new UploadSource(request, limits);
  return { client, [Symbol.asyncIterator]: () => read(request, client, limits) };
}

async function* read(
  request: IncomingMessage,
  client: UploadSource,
  { filesMax, bytesMax }: FormLimits,
): AsyncGenerator<FormFile> {
  const parser = await openParser(request, {
    files: filesMax,
    // One more: that it is too long is seen by the consumer.
    fileSize: bytesMax + 1,
    fields: FIELDS_MAX,
    fieldSize: FIELD_BYTES_MAX,
    headerPairs: HEADERS_MAX,
  });
  const files: (FormFile & { readonly body: FileStream })[] = [];
  let bytes = 0;
  let ended: Error | 'complete' | undefined;
  let wake = Promise.withResolvers<void>();
  const end = (how: Error | 'complete'): void => {
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
    files.push({ name: unescaped(name), body, signal });
    wake.resolve();
  });
  for (const event of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    parser.on(event, () => end(invalid(`A request has at most ${filesMax} files`)));
  }
  parser.on('error', () => end(invalid('The body is not valid multipart/form-data')));
  parser.on('finish', () => end('complete'));
  const { signal } = client;
  const stop = (): void => end(signal.reason);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > filesMax * bytesMax + REST_BYTES_MAX) client.stop(new RestTooLarge());
  client.begin(() => !request.isPaused() && !request.complete);
  // As `pipe` does, but in turns.
  const feed = (piece: Uint8Array): void => {
    request.pause();
    inTurn(() => {
      // The consumer may still be storing a file: what it will not take is not read.
      if (parser.destroyed || signal.aborted) return;
      parser.write(piece, () => request.resume());
      bytes += piece.length;
      const ofFiles = files.reduce((sum, { body }) => sum + body.bytesRead, 0);
      if (bytes - ofFiles > REST_BYTES_MAX) client.stop(new RestTooLarge());
    });
  };
  // It does not wait for the last piece.
  const feedEnd = (): void => inTurn(() => parser.destroyed || parser.end());
  request.on('data', feed).once('end', feedEnd);
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
    client.end();
    signal.removeEventListener('abort', stop);
    request.off('data', feed);
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

/** Browsers escape these characters of a name in a form, and no others (WHATWG HTML, multipart form data). */
function unescaped(name: string): string {
  return name.replaceAll('%22', '"').replaceAll(/%0[ad]/gi, ' ');
}
