/**
 * Loaded into the server before its own code, in every thread: collects when the
 * parent asks, and tells what the process holds. Needs `--expose-gc`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

/** After a collection. Resident is the whole process, its threads and SQLite's pages included. */
export interface MemorySample {
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
}

/** A second and third collection take what finalizers of the first have let go. */
const COLLECTIONS = 3;
/** Also gives back the room for new objects, which V8 makes larger in a rush and then keeps. */
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
