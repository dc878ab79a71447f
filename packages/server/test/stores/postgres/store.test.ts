/** The store itself; `plans.test.ts` runs the contract, and records its statements. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testReopening } from '../../contracts/reopening.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { command, epochOf, withLobby } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

describe('postgres', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
  });
  after(() => databases.close());

  testReopening(() => databases.create(), openTestStore);

  test('gives a copy of the database another epoch, and keeps that of the original', async () => {
    const original = await databases.create();
    const store = await openTestStore(original);
    const { alice, lobby } = await withLobby(store);
    const epoch = await epochOf(store, lobby.id, alice.id);
    await store.close();

    const copy = await openTestStore(await databases.create(original));
    const again = await openTestStore(original);

    assert.equal(await epochOf(again, lobby.id, alice.id), epoch);
    assert.notEqual(await epochOf(copy, lobby.id, alice.id), epoch);
    await Promise.all([copy.close(), again.close()]);
  });

  test('migrates once if several nodes start concurrently on an empty database', async () => {
    const url = await databases.createEmpty();

    const stores = await Promise.all([1, 2, 3].map(() => openTestStore(url)));

    const [first] = stores;
    assert(first !== undefined);
    await withLobby(first);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('rejects a database of a newer version with a readable message', async () => {
    const url = await databases.create();
    const own = await TestDatabases.open(url);
    await own.query("UPDATE store_meta SET value = '99' WHERE key IN ('version', 'oldestReader')");

    await assert.rejects(openTestStore(url), {
      name: 'StoreUnusable',
      message: /^The database has schema version 99,.* Use a newer Parley\.$/,
    });

    // A newer version that this one can still read, as in a rolling upgrade.
    await own.query("UPDATE store_meta SET value = '1' WHERE key = 'oldestReader'");
    await (await openTestStore(url)).close();
    await own.close();
  });

  test('stores an id with characters that PostgreSQL cannot hold', async () => {
    const store = await openTestStore(await databases.create());
    const { alice, lobby } = await withLobby(store);
    const send = () =>
      command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'nul \0, half \ud800' });

    const outcomes = [await store.log.commit([send()]), await store.log.commit([send(), send()])];

    assert.deepEqual(
      outcomes.flat().map(({ kind }) => kind),
      ['stored', 'duplicate', 'duplicate'],
    );
    assert.equal(await store.accounts.findCredentials('a\0'), undefined);
    await store.close();
  });

  test('fails a faulty batch, and stores nothing of it', async () => {
    const store = await openTestStore(await databases.create());
    const { alice, lobby } = await withLobby(store);
    const good = command({ roomId: lobby.id, userId: alice.id });
    await store.log.commit([good]);

    const failing = store.log.commit([
      command({ roomId: lobby.id, userId: alice.id }),
      { ...good, content: 'the same id again' },
    ]);

    await assert.rejects(failing, { name: 'error', code: '23505' });
    const page = { roomId: lobby.id, before: undefined, after: undefined, limit: 9 };
    assert.equal((await store.log.readHistory(page)).messages.length, 1);
    await store.close();
  });

  test('rejects calls after it was closed, and finishes earlier ones', async () => {
    const store = await openTestStore(await databases.create(), { connectionsMax: 2 });
    const { alice, lobby } = await withLobby(store);

    const sends = Array.from({ length: 50 }, () =>
      store.log.commit([command({ roomId: lobby.id, userId: alice.id })]),
    );
    await store.close();

    assert.equal((await Promise.all(sends)).flat().length, 50);
    await assert.rejects(store.rooms.listUnusedRooms(), { name: 'StoreUnavailable' });
  });
});
