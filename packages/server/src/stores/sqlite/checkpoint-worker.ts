/**
 * Runs in its own thread: copies the write-ahead log into the database file, beside readers and the
 * writer. Commits made meanwhile are left for the next checkpoint. Only when the log is long, the
 * writer is asked to copy the rest and to restart the log. The rest is small by then, so
 * acknowledgements are hardly delayed.
 *
 * The log file still holds what was written before its last restart, deleted texts among it. The
 * writer is asked at intervals to empty it, whenever all of it is copied: that needs the lock for
 * writing, for which commits would have to wait here. Under load, the log overwrites itself.
 *
 * A checkpoint competes with commits for processor and disk. It runs often under load, so that each
 * one is short, and rarely otherwise.
 */
import { workerData } from 'node:worker_threads';
import { EMPTYING_MS, isEmptyingUseful, LOG_PAGES_MAX, nextCopyMs } from './checkpoint-schedule.ts';
import { Database } from './database.ts';
import type { CheckpointStart, LogOrder } from './worker-protocol.ts';

/**
 * Milliseconds until the next attempt after a failure such as a full disk; pages already copied are
 * copied again.
 */
const RETRY_MS = 1000;

// Set by the main thread when it starts this one.
const { file, port } = workerData as CheckpointStart;
/** Undefined after the file has failed: the next run opens it again. */
let database: Database | undefined;
let copiedBefore = 0;
/** Beginning of the interval in which the log is emptied once at most, and pages written in it. */
let emptyingBeganMs = performance.now();
let emptyingPages = 0;
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
    emptyingPages += pages;
    intervalMs = nextCopyMs(intervalMs, { pages, tookMs: performance.now() - beganMs });
    if (log >= LOG_PAGES_MAX) {
      copiedBefore = checkpoint(database).copied; // Pages written during the checkpoint.
      send('checkpoint');
    }
    if (log > 0 && log === copied && beganMs - emptyingBeganMs >= EMPTYING_MS) {
      if (isEmptyingUseful(emptyingPages)) send('empty');
      emptyingBeganMs = beganMs;
      emptyingPages = 0;
    }
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

function send(order: LogOrder): void {
  port.postMessage(order);
}

function open(): Database {
  const opened = new Database(file, {});
  opened.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  return opened;
}
