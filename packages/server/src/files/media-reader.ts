/**
 * Reads facts about sound and films in a thread of its own, within limits: it starts with the first of
 * them, ends when it has nothing to do, and is replaced if a file takes too long or too much memory.
 */
import { Worker } from 'node:worker_threads';
import type { MediaCall, MediaFacts, MediaResult } from './media-worker.ts';

interface MediaReaderOptions {
  /** Milliseconds for a file, the start of the thread included. */
  readonly totalMs?: number | undefined;
  /** Milliseconds without work after which the thread ends. */
  readonly idleMs?: number;
  /** The program of the thread; default `media-worker.ts`. */
  readonly program?: URL;
}

interface MediaReader {
  /**
   * The facts that the container of a file tells; none for a file that is damaged, hostile, or has to
   * wait behind many others.
   */
  read(path: string, type: string): Promise<MediaFacts>;
}

interface Call extends MediaCall {
  readonly settle: (facts: MediaFacts) => void;
}

const TOTAL_MS = 5000;
const IDLE_MS = 60_000;
/** Uploads wait for their turn, for 55 s at most: proxies wait 75 s for an answer. */
const WAITING_MAX = 10;
const HEAP_MIB = 96;
const NONE: MediaFacts = {};

export function mediaReader({
  totalMs = TOTAL_MS,
  idleMs = IDLE_MS,
  program = new URL('./media-worker.ts', import.meta.url),
}: MediaReaderOptions = {}): MediaReader {
  let worker: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let count = 0;
  /** The first is with the thread. */
  let calls: readonly Call[] = [];

  const start = (): Worker => {
    const started = new Worker(program, {
      name: 'media',
      // Nothing of the settings is of use in it.
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    started.on('message', ({ id, facts }: MediaResult) => {
      if (calls[0]?.id === id) settleFirst(facts);
    });
    for (const event of ['error', 'exit']) started.on(event, () => end(started));
    // After the listeners: that of messages would keep the process.
    started.unref();
    return started;
  };
  const end = (ended: Worker | undefined): void => {
    if (worker !== ended) return;
    worker = undefined;
    void ended?.terminate();
    settleFirst(NONE);
  };
  const settleFirst = (facts: MediaFacts): void => {
    const [first, ...rest] = calls;
    calls = rest;
    first?.settle(facts);
    begin();
  };
  const begin = (): void => {
    clearTimeout(timer);
    const [first] = calls;
    if (first !== undefined) {
      worker ??= start();
      const { id, path, type } = first;
      worker.postMessage({ id, path, type } satisfies MediaCall);
    }
    const used = worker;
    if (used === undefined) return;
    timer = setTimeout(() => end(used), first === undefined ? idleMs : totalMs);
    // The process may end while nothing is to be done.
    if (first === undefined) timer.unref();
  };

  return {
    read(path, type) {
      if (!/^(?:audio|video)\//.test(type) || calls.length > WAITING_MAX) {
        return Promise.resolve(NONE);
      }
      const { promise, resolve } = Promise.withResolvers<MediaFacts>();
      count += 1;
      calls = [...calls, { id: count, path, type, settle: resolve }];
      if (calls.length === 1) begin();
      return promise;
    },
  };
}
