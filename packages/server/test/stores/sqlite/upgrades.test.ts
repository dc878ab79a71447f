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
  open: (place) => openTestStore(place),
  tools: [async (place) => migrateSqlite(place), openSqliteSource, openSqliteTarget],
  makeNewer: async (place) =>
    inSqlite(place, (database) => database.exec('PRAGMA user_version = 99')),
  versionOf: async (place) =>
    inSqlite(place, (database) =>
      Number(database.prepare('PRAGMA user_version').get()?.['user_version']),
    ),
  dump: async (place) => dumpSqlite(place),
  settings: (place) => ({ DATA_DIR: place }),
  interruptions: {
    'a commit that fails': failAtCommit,
    'the death of the process': dieInTheMiddle,
  },
});

test('`parley migrate` reports in one line that another process uses the file', async () => {
  const { place } = buildOldSqlite(parent, 1);
  const onlooker = lookInto(place);

  const { code, stderr } = await run(['migrate'], { DATA_DIR: place });

  onlooker.close();
  assert.deepEqual([code, stderr], [1, 'The database cannot be used: database is locked.\n']);
});

/** With a reader's lock everything succeeds except the commit. */
async function failAtCommit(place: string): Promise<() => Promise<void>> {
  const onlooker = lookInto(place);

  assert.throws(() => migrateSqlite(place), /database is locked/);

  return async () => onlooker.close();
}

function lookInto(place: string): DatabaseSync {
  const onlooker = new DatabaseSync(join(place, 'parley.db'), { readOnly: true });
  onlooker.exec('BEGIN');
  onlooker.prepare('SELECT count(*) FROM users').get();
  return onlooker;
}

async function dieInTheMiddle(place: string): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [DYING, place], { stdio: 'inherit' });
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL');
  return async () => {};
}
