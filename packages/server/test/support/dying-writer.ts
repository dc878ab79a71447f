/**
 * Loaded into a server before its own code (`--import`), in every thread: the one
 * that writes to SQLite ends between a `COMMIT` and its answer, again and again.
 *
 * `DYING_WRITER_COMMITS`: so many commits a thread lives at most, by chance;
 * `DYING_WRITER_FILE`: grows by one byte with each death.
 */
import { appendFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type MessagePort, workerData } from 'node:worker_threads';

const commitsMax = Number(process.env['DYING_WRITER_COMMITS']);
const file = process.env['DYING_WRITER_FILE'];

// Given by the store to each of its threads.
const { role, port } = (workerData ?? {}) as { role?: string; port?: MessagePort };
if (role === 'writer' && port !== undefined && file !== undefined) {
  let left = 1 + Math.floor(Math.random() * commitsMax);
  let isReady = false;
  const { postMessage } = port;
  port.postMessage = (message) => {
    if (message === 'ready') isReady = true;
    postMessage.call(port, message);
  };
  // It is called as a method of a database only.
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    exec.call(this, sql);
    // One that dies while it opens the file answers nobody.
    if (sql !== 'COMMIT' || !isReady) return;
    left -= 1;
    if (left > 0) return;
    appendFileSync(file, 'x');
    if (Math.random() < 0.5) process.exit(1); // In a thread: the thread alone.
    port.postMessage = () => {
      throw new Error('A thread that was made to fail');
    };
  };
}
