/**
 * Runs a later migration in a directory and exits in its middle: it is written to the file as far as
 * it does not fit into a cache of one page, but is not committed.
 */
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from '../../../src/stores/sqlite/migrations.ts';
import { migrateSqlite } from '../../../src/stores/sqlite/store.ts';
import { LATER_SQL } from '../../support/later-migration.ts';

const [directory = ''] = process.argv.slice(2);
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
  if (sql === LATER_SQL) exec.call(this, 'PRAGMA cache_size = 1');
  exec.call(this, sql);
  if (sql.startsWith('PRAGMA user_version')) process.kill(process.pid, 'SIGKILL');
};
migrateSqlite(directory, [...MIGRATIONS, LATER_SQL]);
