/**
 * Asks a scanner over HTTP whether files are harmless. Without its yes, no file is taken: a scanner that
 * gives no verdict is asked again, and then the upload fails.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileHarmful, FileUnchecked } from '../ports/file-storage.ts';
import { Turns } from './turns.ts';

interface FileScannerOptions {
  readonly url: string;
  /** Milliseconds for the verdict on a file, with the time in which it is sent. */
  readonly timeoutMs: number;
  /** Milliseconds before each further attempt. */
  readonly delaysMs?: readonly number[];
  /** Called for each attempt without a verdict. */
  readonly onFailure: (error: unknown) => void;
  /** @param reason As the scanner gives it. */
  readonly onHarmful: (reason: string) => void;
}

/** @throws {FileHarmful | FileUnchecked} */
export type ScanFile = (path: string, type: string) => Promise<void>;

interface Verdict {
  readonly isClean: boolean;
  readonly reason: string;
}

/** Together with three timeouts, less than the minute after which proxies end a request. */
const DELAYS_MS = [1_000, 4_000];
/** Files that are sent at the same time. */
const AT_ONCE_MAX = 4;
const ANSWER_BYTES_MAX = 16 * 1024;
const REASON_LENGTH_MAX = 200;
const OK = 200;

export function fileScanner(options: FileScannerOptions): ScanFile {
  const { delaysMs = DELAYS_MS, onFailure, onHarmful } = options;
  const turns = new Turns(AT_ONCE_MAX);

  const scan = async (path: string, type: string): Promise<Verdict> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await turns.take(() => ask(options, path, type));
      } catch (error) {
        onFailure(error);
        const delayMs = delaysMs[attempt];
        if (delayMs === undefined) throw new FileUnchecked();
        // The next file is checked meanwhile.
        await sleep(delayMs);
      }
    }
  };
  return async (path, type) => {
    const { isClean, reason } = await scan(path, type);
    if (isClean) return;
    onHarmful(reason);
    throw new FileHarmful();
  };
}

/** @throws {Error} Without a verdict. */
async function ask(
  { url, timeoutMs }: FileScannerOptions,
  path: string,
  type: string,
): Promise<Verdict> {
  const { size } = await stat(path);
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = send(url, {
    method: 'POST',
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': size,
      'x-parley-file-type': type,
    },
  });
  const body = createReadStream(path);
  sent.on('response', resolve).on('error', reject);
  body.on('error', (error) => sent.destroy(error)).pipe(sent);
  try {
    // A scanner may answer before it has read everything.
    return await readVerdict(await promise);
  } finally {
    body.destroy();
    sent.destroy();
  }
}

async function readVerdict(response: IncomingMessage): Promise<Verdict> {
  if (response.statusCode !== OK) throw new Error(`The scanner answered ${response.statusCode}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new Error('The answer of the scanner is too long');
    chunks.push(chunk);
  }
  const answer: unknown = JSON.parse(Buffer.concat(chunks).toString());
  const { clean, reason } = Object(answer) as {
    readonly clean?: unknown;
    readonly reason?: unknown;
  };
  if (typeof clean !== 'boolean') throw new Error('The scanner gave no verdict');
  return { isClean: clean, reason: String(reason ?? '').slice(0, REASON_LENGTH_MAX) };
}
