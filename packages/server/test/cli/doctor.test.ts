import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import type { Store } from '../../src/ports/store.ts';
import { endAll, run, runAlone } from '../support/parley-command.ts';
import { openTestStore as openPostgresStore } from '../support/postgres-store.ts';
import { epochOf, withLobby } from '../support/records.ts';
import { TestServer } from '../support/running-server.ts';
import { openTestStore as openSqliteStore } from '../support/sqlite-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { postgresSkip, TestDatabases } from '../support/test-database.ts';

afterEach(endAll);

/** The epoch of a room before and after the command. */
async function epochsAround(
  open: () => Promise<Store>,
  settings: Record<string, string>,
): Promise<[before: unknown, after: unknown]> {
  const store = await open();
  const { lobby, alice } = await withLobby(store);
  const before = await epochOf(store, lobby.id, alice.id);
  await store.close();
  const { code, stderr } = await runAlone(['doctor', '--new-generation'], settings);
  assert.deepEqual([code, stderr], [0, '']);
  const again = await open();
  const after = await epochOf(again, lobby.id, alice.id);
  await again.close();
  return [before, after];
}

describe('parley doctor --new-generation', () => {
  test('gives the logs of an SQLite database new epochs', async () => {
    const DATA_DIR = temporaryDirectory();
    const open = () => openSqliteStore(DATA_DIR, { onFailure: () => {} });

    const [before, after] = await epochsAround(open, { DATA_DIR });

    assert.ok(before !== undefined && after !== undefined);
    assert.notEqual(after, before);
  });

  test('gives the logs of a PostgreSQL database new epochs', {
    skip: postgresSkip(),
  }, async () => {
    const databases = await TestDatabases.open();
    const DATABASE_URL = await databases.create();

    const [before, after] = await epochsAround(() => openPostgresStore(DATABASE_URL), {
      DATABASE_URL,
    });

    assert.ok(before !== undefined && after !== undefined);
    assert.notEqual(after, before);
    const empty = { DATABASE_URL: await databases.createEmpty() };
    const { code, stderr } = await run(['doctor', '--new-generation'], empty);
    assert.deepEqual([code, stderr], [1, 'The database contains no Parley data.\n']);
    await databases.close();
  });

  test('creates no database where there is none', async () => {
    const DATA_DIR = join(temporaryDirectory(), 'data');

    const { code, stderr } = await run(['doctor', '--new-generation'], { DATA_DIR });

    assert.deepEqual([code, stderr], [1, `There is no database in ${DATA_DIR}.\n`]);
    assert(!existsSync(DATA_DIR));
  });

  test('changes nothing while a server uses the data, and names the required arguments', async () => {
    const DATA_DIR = temporaryDirectory();
    const server = await TestServer.start({ DATA_DIR });

    const used = await run(['doctor', '--new-generation'], { DATA_DIR });
    const untold = await run(['doctor'], { DATA_DIR });
    await server.close();

    assert.deepEqual([used.code, untold.code], [1, 1]);
    assert.match(used.stderr, /in use by another Parley/);
    assert.match(untold.stderr, /--new-generation/);
  });
});
