/**
 * Runs in its own thread: copies the write-ahead log into the database file, beside readers and the
 * writer. Commits made meanwhile are left for the next checkpoint. Only when the log is long, the
 * writer is asked to copy the rest and to restart the log. The rest is small by then, so
 * acknowledgements are hardly delayed.
 *
 * The log file still holds what was written before its last restart, deleted texts among it. It is
 * emptied at intervals, whenever all of it is copied.
 *
 * A checkpoint competes with commits for processor and disk. It runs often under load, so that each
 * one is short, and rarely otherwise.
 */
import { workerData } from 'node:worker_threads';
import { nextCopyMs } from './checkpoint-schedule.ts';
import { Database } from './database.ts';
import type { CheckpointStart } from './worker-protocol.ts';

/**
 * Milliseconds until the next attempt after a failure such as a full disk; pages already copied are
 * copied again.
 */
const RETRY_MS = 1000;
/** The log is restarted above this size. */
const LOG_PAGES_MAX = 16_384; // 64 MiB of pages of 4 KiB.
/** Minimum milliseconds between two times that the log file is emptied. */
const EMPTYING_MS = 5000;

// Set by the main thread when it starts this one.
const { file, port } = workerData as CheckpointStart;
/** Undefined after the file has failed: the next run opens it again. */
let database: Database | undefined;
let copiedBefore = 0;
let emptiedMs = performance.now();
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
    // A restarted log counts from its beginning.
    const pages = copied < copiedBefore ? copied : copied - copiedBefore;
    copiedBefore = copied;
    intervalMs = nextCopyMs(intervalMs, { pages, tookMs: performance.now() - beganMs });
    if (log >= LOG_PAGES_MAX) {
      copiedBefore = checkpoint(database).copied; // Pages written during the checkpoint.
      port.postMessage('copied');
    }
    if (log > 0 && log === copied && beganMs - emptiedMs >= EMPTYING_MS) empty(database);
  } catch {
    // The writer meets the same error and reports it.
    database?.close();
    database = undefined;
    intervalMs = RETRY_MS;
  }
  timer = setTimeout(copyLog, intervalMs);
}

/**
 * Never waits, and leaves pages in the log that readers still need. Returns the number of pages in
 * the log, and how many of them are copied.
 */
function checkpoint(opened: Database): { readonly log: number; readonly copied: number } {
  const row = opened.one<{ log: number; checkpointed: number }>('PRAGMA wal_checkpoint(PASSIVE)');
  return { log: row?.log ?? 0, copied: row?.checkpointed ?? 0 };
}

/** Gives up at once if a reader or the writer uses the log: the next run tries again. */
function empty(opened: Database): void {
  const row = opened.one<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)');
  if (row?.busy !== 0) return;
  copiedBefore = 0;
  emptiedMs = performance.now();
}

function open(): Database {
  const opened = new Database(file, {});
  opened.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  return opened;
}
