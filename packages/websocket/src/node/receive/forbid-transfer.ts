/**
 * For memory of several messages, perhaps of several connections: an application that passes one of
 * them to a thread with `postMessage(data, [data.buffer])` would take the others away. It gets a
 * `DataCloneError` instead, as for Node's own pool of buffers. Bun and Deno cannot do that.
 */
import * as threads from 'node:worker_threads';

const canForbid = tryOnce();

export function forbidTransfer(memory: ArrayBufferLike): void {
  if (canForbid) threads.markAsUntransferable(memory);
}

function tryOnce(): boolean {
  try {
    threads.markAsUntransferable(new ArrayBuffer(0));
    return true;
  } catch {
    return false;
  }
}
