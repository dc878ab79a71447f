/**
 * Runs in a thread of its own: takes batches of calls, runs each batch in one
 * transaction, and answers once it is durable.
 */
import { workerData } from 'node:worker_threads';
import { Database } from './database.ts';
import { beginServing, migrate } from './migrate.ts';
import { type Operations, READS, WRITES } from './operations.ts';
import type { Call, CallResult, ThreadStart } from './thread-messages.ts';

/** A write-ahead log above this is copied into the database file at the next commit. */
const CHECKPOINT_PAGES = 16_384; // 64 MiB of pages of 4 KiB.
const CACHE_KIB = 65_536;

// Given by the main thread when it starts this one.
const start = workerData as ThreadStart;
const { port } = start;
/** Undefined after the file has failed: the next batch opens it anew. */
let database: Database | undefined = open(start);
const operations: Operations = start.role === 'writer' ? WRITES : READS;
const begin = start.role === 'writer' ? 'BEGIN IMMEDIATE' : 'BEGIN';

port.on('message', (batch: readonly Call[] | 'close') => {
  if (batch === 'close') {
    if (start.role === 'writer') database?.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database?.close();
    port.postMessage('closed');
    port.close();
    return;
  }
  port.postMessage(runBatch(batch));
});
port.postMessage('ready');

function open({ role, file, synchronous }: ThreadStart): Database {
  const opened = new Database(file, { readOnly: role === 'reader', busyTimeoutMs: 5000 });
  opened.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
  if (role === 'reader') return opened;

  const mode = opened.one<{ journal_mode: string }>('PRAGMA journal_mode = WAL')?.journal_mode;
  if (mode !== 'wal') {
    throw new Error(`SQLite cannot keep a write-ahead log here (mode ${mode}): use a local disk`);
  }
  opened.exec(`PRAGMA synchronous = ${synchronous}`);
  opened.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  assertDurable(opened, synchronous);
  migrate(opened);
  beginServing(opened);
  return opened;
}

/** What was asked for is what SQLite does: promise 1 rests on it. */
function assertDurable(opened: Database, wanted: ThreadStart['synchronous']): void {
  const level = opened.one<{ synchronous: number }>('PRAGMA synchronous')?.synchronous;
  if (wanted === 'FULL' && (level === undefined || level < 2)) {
    throw new Error(`SQLite answers that synchronous is ${level}, not 2 (FULL)`);
  }
}

/**
 * All calls in one transaction. If one of them fails, none is stored, and they are
 * done again one by one: neighbours never fail together.
 */
function runBatch(batch: readonly Call[]): CallResult[] {
  let opened: Database;
  let results: CallResult[];
  try {
    database ??= open(start);
    opened = database;
    opened.exec(begin);
  } catch (error) {
    return giveUp(batch, error);
  }
  try {
    results = batch.map((call) => ({ kind: 'done', value: runCall(opened, call) }));
  } catch (error) {
    if (isOutage(error)) return giveUp(batch, error);
    opened.exec('ROLLBACK');
    if (batch.length === 1) return [{ kind: 'failed', error }];
    return batch.flatMap((call) => runBatch([call]));
  }
  try {
    opened.exec('COMMIT');
    return results;
  } catch (error) {
    return giveUp(batch, error);
  }
}

function runCall(opened: Database, { name, argument }: Call): unknown {
  const operation = operations[name];
  if (operation === undefined) throw new Error(`A ${start.role} has no operation '${name}'`);
  return operation(opened, argument);
}

/** BUSY, READONLY, IOERR, FULL, CANTOPEN: not the call is at fault but the file, or its disk. */
const OUTAGES: ReadonlySet<number> = new Set([5, 8, 10, 13, 14]);

function isOutage(error: unknown): boolean {
  // The driver's errors carry SQLite's own code; its low byte is the primary one.
  const { errcode } = error as { readonly errcode?: number };
  return errcode !== undefined && OUTAGES.has(errcode & 0xff);
}

/** A handle that saw its file fail is not used again: closing it undoes what was begun. */
function giveUp(batch: readonly Call[], error: unknown): CallResult[] {
  try {
    database?.close();
  } catch {
    // It is gone already; there is nothing to save in it.
  }
  database = undefined;
  return batch.map(() => ({ kind: 'unknown', error }));
}
