/** Fetches links in a thread of its own, which starts with the first link and is replaced if it hangs or ends. */
import { Worker } from 'node:worker_threads';
import type { FetchedLink, LinkFetcher } from '../ports/link-fetcher.ts';
import type { FetchCall, FetchResult, WorkerStart } from './preview-worker.ts';

interface LinkFetcherOptions {
  readonly allow: readonly string[];
  /** Milliseconds for a link and its picture. */
  readonly totalMs?: number;
  /** The program of the thread; default `preview-worker.ts`. */
  readonly program?: URL;
  /** The thread has ended, or did not answer. */
  readonly onFailure: (error: unknown) => void;
}

type Settle = (link: FetchedLink | undefined) => void;

const TOTAL_MS = 3000;
/** A thread that does not answer for so long after the deadline hangs. */
const HANGING_MS = 2000;
/** A page has at most a megabyte. */
const HEAP_MIB = 96;

export function linkFetcher({
  allow,
  totalMs = TOTAL_MS,
  program = new URL('./preview-worker.ts', import.meta.url),
  onFailure,
}: LinkFetcherOptions): LinkFetcher {
  let worker: Worker | undefined;
  let calls = 0;
  const waiting = new Map<number, Settle>();

  const end = (failed: Worker, error: unknown): void => {
    if (worker !== failed) return;
    worker = undefined;
    for (const settle of waiting.values()) settle(undefined);
    void failed.terminate();
    onFailure(error);
  };
  const start = (): Worker => {
    const workerData: WorkerStart = { allow, totalMs };
    const started = new Worker(program, {
      workerData,
      name: 'link-previews',
      // Nothing of the settings is of use in it.
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    started.on('message', ({ id, link }: FetchResult) => waiting.get(id)?.(link));
    started.on('error', (error) => end(started, error));
    started.on('exit', () => end(started, new Error('The thread has ended')));
    // After the listeners: that of messages would keep the process.
    started.unref();
    return started;
  };

  return {
    fetch(url) {
      worker ??= start();
      const used = worker;
      const { promise, resolve } = Promise.withResolvers<FetchedLink | undefined>();
      const id = calls;
      calls += 1;
      const timer = setTimeout(
        () => end(used, new Error('The thread did not answer')),
        totalMs + HANGING_MS,
      );
      waiting.set(id, (link) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(link);
      });
      used.postMessage({ id, url } satisfies FetchCall);
      return promise;
    },

    async close() {
      const closing = worker;
      worker = undefined;
      for (const settle of waiting.values()) settle(undefined);
      await closing?.terminate();
    },
  };
}
