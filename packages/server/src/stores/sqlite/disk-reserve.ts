/**
 * Stops writing before the disk is full: a full disk also stops the operating system, the log and
 * the operator who wants to free space. Deletions, logouts and ends of memberships go on.
 */
import { statfs } from 'node:fs/promises';
import { NotBegun } from '../../ports/store.ts';
import type { WRITES } from './operations.ts';
import type { SupervisedWorker } from './supervised-worker.ts';
import type { WorkerClient } from './worker-client.ts';

/** Where the store's writes run. */
export interface Writer extends Pick<SupervisedWorker<typeof WRITES>, 'call'> {
  readonly thread: Pick<WorkerClient<typeof WRITES>, 'callInOrder'>;
}

const CHECK_INTERVAL_MS = 5000;
/** Calls that free space or end rights, and the few rows of a start, so that reading goes on. */
const ALLOWED = /^(delete|forget|end|bindLog|recordStart)/;

interface DiskReserve {
  readonly writer: Writer;
  close(): void;
}

/**
 * Resolves with a writer that rejects calls with `NotBegun` while the disk has less free space.
 *
 * @param reserve.bytes 0 never rejects.
 */
export async function keepReserve(
  writer: Writer,
  reserve: { readonly directory: string; readonly bytes: number },
): Promise<DiskReserve> {
  const { directory, bytes } = reserve;
  if (bytes === 0) return { writer, close: () => {} };
  let isLow = false;
  const check = async (): Promise<void> => {
    // If the disk cannot be asked, the writes themselves show whether it works.
    const free = await statfs(directory).catch(() => undefined);
    isLow = free !== undefined && free.bavail * free.bsize < bytes;
  };
  await check();
  const timer = setInterval(() => void check(), CHECK_INTERVAL_MS).unref();
  const low = (): NotBegun =>
    new NotBegun(`The disk of ${directory} has less than DISK_RESERVE_BYTES (${bytes}) left`);
  return {
    writer: {
      call: (name, argument) =>
        isLow && !ALLOWED.test(name) ? Promise.reject(low()) : writer.call(name, argument),
      thread: {
        callInOrder: (name, argument, onReady) =>
          isLow ? Promise.reject(low()) : writer.thread.callInOrder(name, argument, onReady),
      },
    },
    close: () => clearInterval(timer),
  };
}
