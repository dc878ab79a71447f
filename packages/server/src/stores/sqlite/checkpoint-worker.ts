/**
 * Runs in a thread of its own: copies the write-ahead log into the database file,
 * beside those who read and write. What is committed meanwhile is left; only when
 * the log is long is the writer asked to copy the rest, and to begin it anew. That
 * is little by then, so nobody waits long for an acknowledgement.
 *
 * A copy takes the processor and the disk from those who commit: it is made often where much
 * is committed, so that each is short, and seldom where little is.
 */
import { workerData } from 'node:worker_threads';
import { nextCopyMs } from './checkpoint-schedule.ts';
import { Database } from './database.ts';
import type { CheckpointStart } from './worker-protocol.ts';

/** After a failure, as on a full disk: what it has copied by then is copied again. */
const RETRY_MS = 1000;
/** The log is begun anew above this. */
const LOG_PAGES_MAX = 16_384; // 64 MiB of pages of 4 KiB.

// Given by the main thread when it starts this one.
const { file, port } = workerData as CheckpointStart;
/** Undefined after the file has failed: the next turn opens it anew. */
let database: Database | undefined;
let copiedBefore = 0;
let intervalMs = nextCopyMs(0, { pages: 0, tookMs: 0 });

let timer = setTimeout(copyLog, intervalMs);
port.once('message', () => {
  clearTimeout(timer);
  database?.close();
  port.close();
});

function copyLog(): void {
  try {
    database ??= open();
    const beganMs = performance.now();
    const { log, copied } = checkpoint(database);
    // A log that was begun anew counts from its beginning.
    const pages = copied < copiedBefore ? copied : copied - copiedBefore;
    copiedBefore = copied;
    intervalMs = nextCopyMs(intervalMs, { pages, tookMs: performance.now() - beganMs });
    if (log >= LOG_PAGES_MAX) {
      copiedBefore = checkpoint(database).copied; // What came while so much was copied.
      port.postMessage('copied');
    }
  } catch {
    // The writer meets the same fault, and tells of it.
    database?.close();
    database = undefined;
    intervalMs = RETRY_MS;
  }
  timer = setTimeout(copyLog, intervalMs);
}

/**
 * Waits for nobody, and leaves what somebody still needs in the log. Gives the pages of the log, and
 * those of them that are copied.
 */
function checkpoint(opened: Database): { readonly log: number; readonly copied: number } {
  const row = opened.one<{ log: number; checkpointed: number }>('PRAGMA wal_checkpoint(PASSIVE)');
  return { log: row?.log ?? 0, copied: row?.checkpointed ?? 0 };
}

function open(): Database {
  const opened = new Database(file, {});
  opened.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  return opened;
}
