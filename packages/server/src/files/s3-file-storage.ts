/**
 * Files in a bucket of an S3-compatible store, each named by its id. They are received in a folder of
 * this machine, where their pictures are written again, and sent from there; nodes share the bucket
 * and no folder. Bytes come and go through the server, which decides each time who may read.
 */
import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import type { FileStorage } from '../ports/file-storage.ts';
import { StoreUnavailable } from '../ports/store.ts';
import {
  ignoreMissing,
  SUFFIXES,
  THUMBNAILS,
  type UnfinishedFilesOptions,
  unfinishedFiles,
} from './unfinished-files.ts';

/** The parts of `@aws-sdk/client-s3` that are used. It is optional, so its own types may be missing. */
interface S3 {
  readonly S3Client: new (options: object) => Client;
  readonly PutObjectCommand: Command;
  readonly HeadObjectCommand: Command;
  readonly GetObjectCommand: Command;
  readonly DeleteObjectCommand: Command;
}
type Command = new (input: object) => object;
interface Client {
  send(command: object, options?: object): Promise<Answer>;
}
interface Answer {
  readonly ContentLength?: number;
  readonly Body?: AsyncIterable<Uint8Array>;
}

interface S3FileStorageOptions extends UnfinishedFilesOptions {
  /** `s3://BUCKET/PREFIX?region=…&endpoint=…`; keys come from the environment, as for all programs of AWS. */
  readonly url: string;
  /** Called for each request that the store does not answer, or refuses. */
  readonly onUnavailable: (error: unknown) => void;
}

const CONNECT_MS = 5_000;
/** For an answer without a body. */
const ANSWER_MS = 15_000;
/** Without a byte in either direction: a client that reads slowly asks again for the rest. */
const SILENCE_MS = 60_000;
/** Downloads keep their connection as long as their clients read. */
const CONNECTIONS_MAX = 500;
/** An upload whose connection breaks is sent again from the disk. */
const ATTEMPTS_MAX = 3;
/** A variable, so that the compiler does not look for it. */
const PACKAGE: string = '@aws-sdk/client-s3';

/** @throws {Error} If the package is missing. */
export async function s3FileStorage(options: S3FileStorageOptions): Promise<FileStorage> {
  const s3 = (await import(PACKAGE)) as S3;
  const { hostname, pathname, searchParams } = new URL(options.url);
  const endpoint = searchParams.get('endpoint');
  const client = new s3.S3Client({
    region: searchParams.get('region') ?? 'us-east-1',
    ...(endpoint !== null && { endpoint, forcePathStyle: true }),
    maxAttempts: ATTEMPTS_MAX,
    // It would write to the console.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    // Other stores do not know the checksums of AWS.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      httpAgent: { keepAlive: true, maxSockets: CONNECTIONS_MAX },
      httpsAgent: { keepAlive: true, maxSockets: CONNECTIONS_MAX },
    },
  });
  const unfinished = unfinishedFiles(options);
  const prefix = pathname.replace(/^\/+|\/+$/g, '');
  const place = (name: string) => ({
    Bucket: hostname,
    Key: prefix === '' ? name : `${prefix}/${name}`,
  });
  const failed = (cause: unknown): StoreUnavailable => {
    options.onUnavailable(cause);
    return new StoreUnavailable('The store of files is not available', { cause });
  };
  const ask = async (command: object): Promise<Answer | undefined> => {
    try {
      return await client.send(command, { abortSignal: AbortSignal.timeout(ANSWER_MS) });
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return undefined;
      throw failed(error);
    }
  };
  /** The client of AWS does not repeat streams. */
  const put = async (name: string, path: string): Promise<void> => {
    const { size } = await stat(path);
    for (let attempt = 1; ; attempt += 1) {
      const Body = createReadStream(path);
      try {
        await client.send(new s3.PutObjectCommand({ ...place(name), Body, ContentLength: size }));
        return;
      } catch (error) {
        const isFinal = (statusOf(error) ?? SERVER_ERROR) < SERVER_ERROR;
        if (isFinal || attempt === ATTEMPTS_MAX) throw failed(error);
      } finally {
        Body.destroy();
      }
    }
  };

  const remove = (name: string) => ask(new s3.DeleteObjectCommand(place(name)));
  const deleteThumbnails = async (id: string): Promise<void> => {
    for (const part of THUMBNAILS) await remove(id + SUFFIXES[part]);
  };
  const open: FileStorage['open'] = async (id, part) => {
    const key = place(id + SUFFIXES[part]);
    const found = await ask(new s3.HeadObjectCommand(key));
    if (found === undefined) return undefined;
    const { ContentLength: size = 0 } = found;
    return {
      size,
      async *read(start, end) {
        const Range = `bytes=${start}-${end}`;
        const { Body } = await client.send(new s3.GetObjectCommand({ ...key, Range }));
        if (Body !== undefined) yield* Body;
      },
      close: async () => {},
    };
  };

  return {
    open,
    receive: unfinished.receive,
    bring: unfinished.bring,
    close: unfinished.close,
    deleteUnfinished: unfinished.deleteUnfinished,

    async keep(id) {
      const paths = unfinished.pathsOf(id);
      // The thumbnails first: a file that is there is complete.
      for (const part of THUMBNAILS) {
        const isThere = (await stat(paths[part]).catch(ignoreMissing)) !== undefined;
        if (isThere) await put(id + SUFFIXES[part], paths[part]);
      }
      await put(id, paths.content);
      await unfinished.delete(id);
    },

    makeThumbnails: (id) =>
      unfinished.makeThumbnails({
        read: async (copy) => {
          const file = await open(id, 'content');
          if (file === undefined) return undefined;
          await unfinished.requireSpace(file.size);
          await writeFile(copy, file.read(0, file.size - 1), { flag: 'wx', mode: 0o600 });
          return copy;
        },
        exists: async () => (await ask(new s3.HeadObjectCommand(place(id)))) !== undefined,
        putThumbnail: (part, path) => put(id + SUFFIXES[part], path),
        deleteThumbnails: () => deleteThumbnails(id),
      }),

    async delete(id) {
      await unfinished.delete(id);
      // In this order: thumbnails that are made meanwhile are deleted by one of both.
      await remove(id);
      await deleteThumbnails(id);
    },
  };
}

const NOT_FOUND = 404;
const SERVER_ERROR = 500;

/** Undefined if there was no answer. */
function statusOf(error: unknown): number | undefined {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
