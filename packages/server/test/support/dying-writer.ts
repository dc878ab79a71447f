/**
 * Loaded into a server before its own code (`--import`), in every thread: the one
 * that writes to SQLite ends between a `COMMIT` and its answer, again and again.
 *
 * `DYING_WRITER_COMMITS`: so many commits a thread lives at most, by chance;
 * `DYING_WRITER_FILE`: grows by one byte with each death.
 */
import { appendFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

const commitsMax = Number(process.env['DYING_WRITER_COMMITS']);
const file = process.env['DYING_WRITER_FILE'];

if ((workerData as { role?: string } | null)?.role === 'writer' && file !== undefined) {
  let left = 1 + Math.floor(Math.random() * commitsMax);
  // It is called as a method of a database only.
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    exec.call(this, sql);
    if (sql !== 'COMMIT') return;
    left -= 1;
    if (left > 0) return;
    appendFileSync(file, 'x');
    process.exit(1); // In a thread: the thread alone.
  };
}
