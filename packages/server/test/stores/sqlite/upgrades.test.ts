import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openSqliteSource, openSqliteTarget } from '../../../src/stores/sqlite/archive.ts';
import { MIGRATIONS } from '../../../src/stores/sqlite/migrations/index.ts';
import { migrateSqlite } from '../../../src/stores/sqlite/store.ts';
import { testUpgrades } from '../../contracts/upgrades.ts';
import { buildOldSqlite, dumpSqlite, inSqlite } from '../../support/old-sqlite.ts';
import { run } from '../../support/parley-command.ts';
import { openTestStore } from '../../support/sqlite-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const DYING = join(import.meta.dirname, 'dying-migration.ts');
const parent = temporaryDirectory();

testUpgrades('sqlite', {
  newest: MIGRATIONS.length,
  build: async (version) => buildOldSqlite(parent, version),
  open: (location) => openTestStore(location),
  tools: [async (location) => migrateSqlite(location), openSqliteSource, openSqliteTarget],
  makeNewer: async (location) =>
    inSqlite(location, (database) => database.exec('PRAGMA user_version = 99')),
  versionOf: async (location) =>
    inSqlite(location, (database) =>
      Number(database.prepare('PRAGMA user_version').get()?.['user_version']),
    ),
  dump: async (location) => dumpSqlite(location),
  settings: (location) => ({ DATA_DIR: location }),
  interruptions: {
    'a commit that fails': failAtCommit,
    'the death of the process': dieInTheMiddle,
  },
});

test('`parley migrate` reports in one line that another process uses the file', async () => {
  const { location } = buildOldSqlite(parent, 1);
  const reader = openReader(location);

  const { code, stderr } = await run(['migrate'], { DATA_DIR: location });

  reader.close();
  assert.deepEqual([code, stderr], [1, 'The database cannot be used: database is locked.\n']);
});

/** With a reader's lock everything succeeds except the commit. */
async function failAtCommit(location: string): Promise<() => Promise<void>> {
  const reader = openReader(location);

  assert.throws(() => migrateSqlite(location), /database is locked/);

  return async () => reader.close();
}

function openReader(location: string): DatabaseSync {
  const reader = new DatabaseSync(join(location, 'parley.db'), { readOnly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM users').get();
  return reader;
}

async function dieInTheMiddle(location: string): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [DYING, location], { stdio: 'inherit' });
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL');
  return async () => {};
}
