import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openSqliteSource, openSqliteTarget } from '../../../src/stores/sqlite/archive.ts';
import { MIGRATIONS } from '../../../src/stores/sqlite/migrations.ts';
import { migrateSqlite } from '../../../src/stores/sqlite/store.ts';
import { type Dump, testMigrations } from '../../contracts/migrations.ts';
import { LATER_SQL } from '../../support/later-migration.ts';
import { run, runAlone } from '../../support/parley-command.ts';
import { openTestStore } from '../../support/sqlite-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const DYING = join(import.meta.dirname, 'dying-migration.ts');
const parent = temporaryDirectory();
const create = async () => mkdtempSync(join(parent, 'store-'));

testMigrations('sqlite', {
  newest: MIGRATIONS.length,
  create,
  open: (location) => openTestStore(location),
  migrateLater: async (location) => migrateLater(location),
  tools: [async (location) => migrateSqlite(location), openSqliteSource, openSqliteTarget],
  makeNewer: async (location) =>
    inSqlite(location, (database) => database.exec('PRAGMA user_version = 99')),
  dump: async (location) => inSqlite(location, dump),
  settings: (location) => ({ DATA_DIR: location }),
  interruptions: {
    'a commit that fails': failAtCommit,
    'the death of the process': dieInTheMiddle,
  },
});

test('`parley migrate` reports in one line that another process uses the file', async () => {
  const location = await create();
  inSqlite(location, (database) => database.exec('CREATE TABLE other (id TEXT)'));
  const reader = openReader(location);

  const { code, stderr } = await run(['migrate'], { DATA_DIR: location });

  reader.close();
  assert.deepEqual([code, stderr], [1, 'The database cannot be used: database is locked.\n']);
});

test('of several processes that migrate one directory at once, one does', async () => {
  const location = await create();

  const ended = await Promise.all(
    [1, 2, 3].map(() => runAlone(['migrate'], { DATA_DIR: location })),
  );

  const reports = ended.map(({ stdout, stderr }) => stdout + stderr);
  const done = reports.filter((report) => report.startsWith('The schema was updated'));
  const others = reports.filter((report) => /is in use by another|is up to date/.test(report));
  assert.deepEqual([done.length, others.length], [1, 2], reports.join(''));
  assert.equal(inSqlite(location, dump).version, MIGRATIONS.length);
});

function migrateLater(location: string) {
  return migrateSqlite(location, [...MIGRATIONS, LATER_SQL]);
}

/** With a reader's lock everything succeeds except the commit. */
async function failAtCommit(location: string): Promise<() => Promise<void>> {
  inSqlite(location, (database) => database.exec('PRAGMA journal_mode = DELETE'));
  const reader = openReader(location);

  assert.throws(() => migrateLater(location), /database is locked/);

  return async () => reader.close();
}

function openReader(location: string): DatabaseSync {
  const reader = new DatabaseSync(join(location, 'parley.db'), { readOnly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM sqlite_schema').get();
  return reader;
}

async function dieInTheMiddle(location: string): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [DYING, location], { stdio: 'inherit' });
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL');
  return async () => {};
}

function inSqlite<T>(location: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(location, 'parley.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function dump(database: DatabaseSync): Dump {
  const all = (sql: string) => database.prepare(sql).all();
  const tables = all("SELECT name FROM sqlite_schema WHERE type = 'table'");
  const rowsOf = (table: string) => {
    const rows = database.prepare(`SELECT * FROM ${table}`);
    // The places of search documents have more digits than numbers of JavaScript.
    rows.setReadBigInts(true);
    return rows
      .all()
      .map(({ motto, ...row }) =>
        JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
      );
  };
  const problems = ['integrity_check', 'foreign_key_check'].map((name) => all(`PRAGMA ${name}`));
  assert.deepEqual(problems, [[{ __proto__: null, integrity_check: 'ok' }], []]);
  return {
    version: Number(all('PRAGMA user_version')[0]?.['user_version']),
    schema: all('SELECT type, name, sql FROM sqlite_schema ORDER BY name'),
    rows: Object.fromEntries(tables.map(({ name }) => [String(name), rowsOf(String(name))])),
  };
}
