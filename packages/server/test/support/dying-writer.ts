/**
 * Loaded into a server before its own code (`--import`), in every thread: the SQLite writer
 * repeatedly exits between a `COMMIT` and its answer.
 *
 * `DYING_WRITER_COMMITS`: maximum number of commits of a thread. The first dies at its first commit, and each
 * later one after another number of them, in one of two ways.
 * `DYING_WRITER_FILE`: grows by one byte with each exit.
 */
import { appendFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type MessagePort, workerData } from 'node:worker_threads';

/** Shares no factor with the maximum, so that each number has its turn. */
const STEP = 7;
const commitsMax = Number(process.env['DYING_WRITER_COMMITS']);
const file = process.env['DYING_WRITER_FILE'];

// Set by the store for each of its threads.
const { role, port } = (workerData ?? {}) as { role?: string; port?: MessagePort };
if (role === 'writer' && port !== undefined && file !== undefined) {
  const deaths = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let left = 1 + ((deaths * STEP) % commitsMax);
  let isReady = false;
  const { postMessage } = port;
  port.postMessage = (message) => {
    if (message === 'ready') isReady = true;
    postMessage.call(port, message);
  };
  // Only called as a method of a database.
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    exec.call(this, sql);
    // Not while the file is being opened: no call would be answered.
    if (sql !== 'COMMIT' || !isReady) return;
    left -= 1;
    if (left > 0) return;
    appendFileSync(file, 'x');
    if (deaths % 2 === 0) process.exit(1); // In a worker thread: ends only the thread.
    port.postMessage = () => {
      throw new Error('A thread that was made to fail');
    };
  };
}
