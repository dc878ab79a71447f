/**
 * Runs in its own thread: accepts batches of calls, runs each batch in one transaction, and answers
 * after it is durable.
 */
import { workerData } from 'node:worker_threads';
import { Database } from './database.ts';
import { beginServing, migrate, readVersion } from './migrate.ts';
import { type Operations, READS, WRITES } from './operations.ts';
import {
  type Call,
  type CallResult,
  COMMITTING,
  isFailure,
  type LogOrder,
  type Order,
  type ThreadStart,
} from './worker-protocol.ts';

/** Bytes to which a longer write-ahead log is truncated when it restarts. */
const LOG_BYTES_KEPT = 64 * 1024 * 1024;
/**
 * Above this the writer runs the checkpoint itself: the checkpoint thread has failed, or is too
 * slow.
 */
const LOG_PAGES_MAX = 65_536; // 256 MiB of pages of 4 KiB.
/** Maximum milliseconds of a reader's snapshot: meanwhile the log cannot restart. */
const SNAPSHOT_MS = 1000;
/**
 * Page cache of a thread in KiB: pages that are written to, a few per active room. Reads use the
 * system's cache, so a larger cache gains nothing.
 */
const CACHE_KIB = { writer: 8_192, reader: 2_048 };
/** Milliseconds to wait for a foreign lock, such as that of a tool that inspects the file. */
const BUSY_MS = 2000;

// Set by the main thread when it starts this one.
const start = workerData as ThreadStart;
const { port } = start;
/** Undefined after the file has failed: the next batch opens it again. */
let database: Database | undefined = open(start);
const WRITE_AHEAD_LOG: Readonly<Record<LogOrder, () => void>> = {
  /** As far as no reader needs the log: the next commit restarts it. */
  checkpoint: () => execOrClose('PRAGMA wal_checkpoint(PASSIVE)'),
  /** Gives up at once if a reader uses the log. */
  empty: () =>
    execOrClose(
      `PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA busy_timeout = ${BUSY_MS}`,
    ),
};
/**
 * Number of failed calls: calls sent ahead before their callers knew of the failure are not
 * started.
 */
let failures = 0;
const operations: Operations = start.role === 'writer' ? WRITES : READS;
const begin = start.role === 'writer' ? 'BEGIN IMMEDIATE' : 'BEGIN';

/** Calls after which the rooms and authors that a commit has read are still current. */
const KEEP_ROOM_LOGS: ReadonlySet<string> = new Set([
  ...['commit', 'markRead', 'touchSessions', 'indexMessages', 'takeRemoval', 'takeMail'],
]);

port.on('message', (batch: readonly Call[] | Order) => {
  if (batch === 'checkpoint' || batch === 'empty') {
    WRITE_AHEAD_LOG[batch]();
    return;
  }
  if (batch === 'close') {
    if (start.role === 'writer') database?.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database?.close();
    port.postMessage('closed');
    port.close();
    return;
  }
  for (let rest = batch; rest.length > 0; ) {
    const results = runBatch(rest);
    failures += results.filter(isFailure).length;
    port.postMessage(results);
    rest = rest.slice(results.length);
  }
});
port.postMessage('ready');

function open({ role, file, synchronous }: ThreadStart): Database {
  const opened = new Database(file, { readOnly: role === 'reader', busyTimeoutMs: BUSY_MS });
  opened.exec(`PRAGMA cache_size = -${CACHE_KIB[role]}`);
  if (role === 'reader') return opened;
  try {
    prepare(opened, synchronous);
    return opened;
  } catch (error) {
    // Its locks must not interfere when the file is opened again.
    opened.close();
    throw error;
  }
}

function prepare(opened: Database, synchronous: ThreadStart['synchronous']): void {
  // Fails for a schema of a newer Parley, which stays untouched.
  readVersion(opened);
  const mode = opened.one<{ journal_mode: string }>('PRAGMA journal_mode = WAL')?.journal_mode;
  if (mode !== 'wal') {
    throw new Error(`SQLite cannot keep a write-ahead log here (mode ${mode}): use a local disk`);
  }
  opened.exec(`PRAGMA synchronous = ${synchronous}`);
  opened.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES_MAX}`);
  opened.exec(`PRAGMA journal_size_limit = ${LOG_BYTES_KEPT}`);
  assertDurable(opened, synchronous);
  migrate(opened);
  beginServing(opened);
}

/** Verifies that SQLite uses the requested durability: acknowledged messages depend on it. */
function assertDurable(opened: Database, wanted: ThreadStart['synchronous']): void {
  const level = opened.one<{ synchronous: number }>('PRAGMA synchronous')?.synchronous;
  if (wanted === 'FULL' && (level === undefined || level < 2)) {
    throw new Error(`SQLite answers that synchronous is ${level}, not 2 (FULL)`);
  }
}

/**
 * Runs all calls in one transaction; a reader only as many as its time limit allows. If a call
 * fails, none is stored, and they are run again one by one: a call never fails because of another
 * one.
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
    results = runCalls(opened, batch);
    if (start.role === 'reader') opened.forget();
  } catch (error) {
    if (isOutage(error)) return giveUp(batch, error);
    opened.exec('ROLLBACK');
    opened.forget();
    if (batch.length === 1) return [{ kind: 'failed', error }];
    return batch.flatMap((call) => runBatch([call]));
  }
  try {
    if (start.role === 'writer') port.postMessage(COMMITTING);
    opened.exec('COMMIT');
    return results;
  } catch (error) {
    return giveUp(batch, error);
  }
}

function runCalls(opened: Database, batch: readonly Call[]): CallResult[] {
  const results: CallResult[] = [];
  const endMs =
    start.role === 'writer' ? Number.POSITIVE_INFINITY : performance.now() + SNAPSHOT_MS;
  for (const call of batch) {
    results.push(runCall(opened, call));
    if (performance.now() > endMs) break;
  }
  return results;
}

function runCall(opened: Database, { name, argument, failuresKnown }: Call): CallResult {
  if (failuresKnown !== undefined && failuresKnown !== failures) return { kind: 'not-begun' };
  const operation = operations[name];
  if (operation === undefined) throw new Error(`A ${start.role} has no operation '${name}'`);
  if (start.role === 'writer' && !KEEP_ROOM_LOGS.has(name)) opened.forget();
  return { kind: 'done', value: operation(opened, argument) };
}

/** BUSY, READONLY, IOERR, FULL, CANTOPEN: the file or its disk is at fault, not the call. */
const OUTAGES: ReadonlySet<number> = new Set([5, 8, 10, 13, 14]);

function isOutage(error: unknown): boolean {
  // The driver's errors have SQLite's extended code; its low byte is the primary code.
  const { errcode } = error as { readonly errcode?: number };
  return errcode !== undefined && OUTAGES.has(errcode & 0xff);
}

function execOrClose(sql: string): void {
  try {
    database?.exec(sql);
  } catch {
    closeFailed();
  }
}

function giveUp(batch: readonly Call[], error: unknown): CallResult[] {
  closeFailed();
  return batch.map(() => ({ kind: 'unknown', error }));
}

/** Closes a handle after its file has failed: this rolls back the open transaction. */
function closeFailed(): void {
  try {
    database?.close();
  } catch {
    // Already closed; nothing is lost.
  }
  database = undefined;
}
