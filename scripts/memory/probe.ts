/**
 * Loaded into the server before its own code, in every thread: collects garbage when the
 * parent asks, and reports the memory of the process. Needs `--expose-gc`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

/** Measured after a collection. Resident: the whole process with its threads and SQLite's pages. */
export interface MemorySample {
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
}

/** A second and third collection free what finalizers of the first released. */
const COLLECTIONS = 3;
/** Also shrinks the young generation, which V8 enlarges under load and then keeps. */
const THOROUGH = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const;

const threads = new BroadcastChannel('memory-probe');
if (isMainThread) {
  process.on('message', () => void sample().then((each) => process.send?.(each)));
  process.on('disconnect', () => process.exit(0));
} else {
  threads.onmessage = () => void globalThis.gc?.(THOROUGH);
}
threads.unref();

async function sample(): Promise<MemorySample> {
  for (let round = 0; round < COLLECTIONS; round += 1) {
    threads.postMessage('collect');
    globalThis.gc?.(THOROUGH);
    await wait(50);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { residentBytes: rss, heapBytes: heapUsed, externalBytes: external };
}
