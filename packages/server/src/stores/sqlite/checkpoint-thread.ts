/**
 * Runs in a thread of its own: copies the write-ahead log into the database file,
 * beside those who read and write. What is committed meanwhile is left; only when
 * the log is long is the writer asked to copy the rest, and to begin it anew. That
 * is little by then, so nobody waits long for an acknowledgement.
 */
import { workerData } from 'node:worker_threads';
import { Database } from './database.ts';
import type { CheckpointStart } from './thread-messages.ts';

const INTERVAL_MS = 200;
/** After a failure, as on a full disk: what it has copied by then is copied again. */
const RETRY_MS = 1000;
/** The log is begun anew above this. */
const LOG_PAGES_MAX = 16_384; // 64 MiB of pages of 4 KiB.

// Given by the main thread when it starts this one.
const { file, port } = workerData as CheckpointStart;
/** Undefined after the file has failed: the next turn opens it anew. */
let database: Database | undefined;

let timer = setTimeout(copyLog, INTERVAL_MS);
port.once('message', () => {
  clearTimeout(timer);
  database?.close();
  port.close();
});

function copyLog(): void {
  let nextMs = INTERVAL_MS;
  try {
    database ??= open();
    if (checkpoint(database) >= LOG_PAGES_MAX) {
      checkpoint(database); // What came while so much was copied.
      port.postMessage('copied');
    }
  } catch {
    // The writer meets the same fault, and tells of it.
    database?.close();
    database = undefined;
    nextMs = RETRY_MS;
  }
  timer = setTimeout(copyLog, nextMs);
}

/** Waits for nobody, and leaves what somebody still needs in the log. Gives the log's length in pages. */
function checkpoint(opened: Database): number {
  return opened.one<{ log: number }>('PRAGMA wal_checkpoint(PASSIVE)')?.log ?? 0;
}

function open(): Database {
  const opened = new Database(file, {});
  opened.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  return opened;
}
