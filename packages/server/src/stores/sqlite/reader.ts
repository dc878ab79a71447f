/**
 * Where the reads of an SQLite store run: in one thread, and those of the search in another, so that other
 * reads do not wait for a search, whatever it has to read.
 */
import type { READS } from './operations.ts';
import { SupervisedWorker } from './supervised-worker.ts';

export type Reader = Pick<SupervisedWorker<typeof READS>, 'call'>;

type ReadingThread = SupervisedWorker<typeof READS>;

const SEARCHES: ReadonlySet<string> = new Set(['searchMessages']);

/** Starts the thread of the search with the first search. */
export async function startReader(
  start: () => Promise<ReadingThread>,
): Promise<Reader & { close(): Promise<void> }> {
  const reader = await start();
  let searcher: Promise<ReadingThread> | undefined;
  let isClosed = false;
  const threadFor = (name: string): ReadingThread | Promise<ReadingThread> => {
    if (!SEARCHES.has(name) || isClosed) return reader;
    searcher ??= start().catch((error) => {
      searcher = undefined;
      throw error;
    });
    return searcher;
  };
  return {
    call: (name, argument) => {
      const thread = threadFor(name);
      if (thread instanceof SupervisedWorker) return thread.call(name, argument);
      return thread.then((opened) => opened.call(name, argument));
    },
    close: async () => {
      isClosed = true;
      const opened = await searcher?.catch(() => undefined);
      await Promise.all([opened?.close(), reader.close()]);
    },
  };
}
