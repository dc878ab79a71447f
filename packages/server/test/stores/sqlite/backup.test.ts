/** Leftovers of interrupted copies, and files that are not a database to copy. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { importArchive } from '../../../src/archive/import-archive.ts';
import {
  backUpStore,
  migrateStore,
  openSource,
  openTarget,
  renewGeneration,
  restoreStore,
} from '../../../src/cli/store-admin.ts';
import { chunksOf, linesOf } from '../../support/archived-store.ts';
import { withLobby } from '../../support/records.ts';
import { openTestStore } from '../../support/sqlite-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const ENDINGS = ['', '-journal', '-wal', '-shm'];

const sqlite = (DATA_DIR: string) => ({ DATABASE_URL: 'sqlite:' as const, DATA_DIR });

function databasesIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => !name.startsWith('owner.'));
}

describe('copies of an SQLite database', () => {
  const filled = sqlite(temporaryDirectory());
  const backup = join(temporaryDirectory(), 'backup.db');
  before(async () => {
    const store = await openTestStore(filled.DATA_DIR, { durability: 'relaxed' });
    await withLobby(store);
    await store.close();
    await backUpStore(filled, backup);
  });

  test('rejects starting after an interrupted restore until it is repeated', async () => {
    const settings = sqlite(temporaryDirectory());
    const { DATA_DIR } = settings;
    const part = join(DATA_DIR, 'parley.db.part');
    for (const ending of ENDINGS) writeFileSync(`${part}${ending}`, 'left');
    const left = databasesIn(DATA_DIR);

    const making = [
      () => openTestStore(DATA_DIR),
      () => migrateStore(settings),
      () => renewGeneration(settings),
      () => openTarget(settings),
    ];
    for (const make of making) {
      await assert.rejects(make, {
        name: 'StoreUnusable',
        message: `A restore into ${DATA_DIR} was not finished: run 'parley restore' again, or remove ${part} to begin with an empty database.`,
      });
    }
    assert.deepEqual(databasesIn(DATA_DIR), left);
    await restoreStore(settings, backup);

    assert.deepEqual(databasesIn(DATA_DIR), ['parley.db']);
    const store = await openTestStore(DATA_DIR);
    assert((await store.accounts.findCredentials('alice')) !== undefined);
    await store.close();
  });

  test('a backup replaces the leftovers of an interrupted one', async () => {
    const folder = temporaryDirectory();
    const file = join(folder, 'backup.db');
    for (const ending of ENDINGS) writeFileSync(`${file}.part${ending}`, 'left');

    await backUpStore(filled, file);

    assert.deepEqual(readdirSync(folder), ['backup.db']);
    await restoreStore(sqlite(temporaryDirectory()), file);
  });

  test('rejects a backup of a partially imported store', async () => {
    const settings = sqlite(temporaryDirectory());
    const folder = temporaryDirectory();
    const lines = await linesOf(await openSource(filled));
    const target = await openTarget(settings);
    await assert.rejects(importArchive(chunksOf(lines.slice(0, -10)), target), /is cut off/);
    await target.close();

    for (const copy of [
      () => openSource(settings),
      () => backUpStore(settings, join(folder, 'half.db')),
    ]) {
      await assert.rejects(copy, {
        name: 'StoreUnusable',
        message: /^The database holds an import that was not finished/,
      });
    }

    assert.deepEqual(readdirSync(folder), []);
    const names = databasesIn(settings.DATA_DIR);
    assert(
      names.every((name) => name.startsWith('parley.db')),
      names.join(),
    );
  });

  test('rejects a backup of a file without tables', async () => {
    const settings = sqlite(temporaryDirectory());
    const file = join(settings.DATA_DIR, 'parley.db');
    writeFileSync(file, '');

    await assert.rejects(backUpStore(settings, join(temporaryDirectory(), 'backup.db')), {
      name: 'StoreUnusable',
      message: `${file} contains no Parley data.`,
    });
  });
});
