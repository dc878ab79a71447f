import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testStoreContract } from '../../contracts/store.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { command, session, withLobby } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

describe('postgres', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  let template: string;
  before(async () => {
    databases = await TestDatabases.open();
    template = await databases.create();
    await (await openTestStore(template)).close();
  });
  after(() => databases.close());

  testStoreContract('postgres', async () => openTestStore(await databases.create(template)));

  test('has all of it again after it was closed and opened, and numbering goes on', async () => {
    const url = await databases.create(template);
    const before = await openTestStore(url);
    const { alice, lobby } = await withLobby(before);
    const stored = session({ userId: alice.id });
    await before.sessions.insertSession(stored);
    await before.log.commit([
      command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c1' }),
    ]);
    const read = {
      roomId: lobby.id,
      userId: alice.id,
      position: undefined,
      historyCount: 9,
      catchUpMax: 9,
    };
    const state = await before.log.readRoom(read);
    await before.close();

    const after = await openTestStore(url);

    assert.deepEqual(await after.log.readRoom(read), state);
    assert.deepEqual(await after.sessions.findSession(stored.key), {
      session: stored,
      user: alice,
    });
    const [again, next] = await after.log.commit([
      command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c1' }),
      command({ roomId: lobby.id, userId: alice.id }),
    ]);
    assert.equal(again?.kind, 'duplicate');
    assert.equal(next?.kind === 'stored' && next.event.sequence, 2);
    await after.close();
  });

  test('gives a copy of the database another epoch, and the original the same', async () => {
    const original = await databases.create(template);
    const store = await openTestStore(original);
    const { alice, lobby } = await withLobby(store);
    const read = {
      roomId: lobby.id,
      userId: alice.id,
      position: undefined,
      historyCount: 0,
      catchUpMax: 0,
    };
    const epoch = (await store.log.readRoom(read))?.head.epoch;
    await store.close();

    const copy = await openTestStore(await databases.create(original));
    const again = await openTestStore(original);

    assert.equal((await again.log.readRoom(read))?.head.epoch, epoch);
    assert.notEqual((await copy.log.readRoom(read))?.head.epoch, epoch);
    await Promise.all([copy.close(), again.close()]);
  });

  test('migrates once, though several nodes start at once on an empty database', async () => {
    const url = await databases.create();

    const stores = await Promise.all([1, 2, 3].map(() => openTestStore(url)));

    const [first] = stores;
    assert(first !== undefined);
    await withLobby(first);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('refuses a database that only a newer version can read, in words for a person', async () => {
    const url = await databases.create(template);
    const own = await TestDatabases.open(url);
    await own.query("UPDATE store_meta SET value = '99' WHERE key IN ('version', 'oldestReader')");

    await assert.rejects(openTestStore(url), {
      name: 'StoreUnusable',
      message: /^The database has schema version 99,.* Use a newer Parley\.$/,
    });

    // One that is newer, but which this version can still read, as in a rolling upgrade.
    await own.query("UPDATE store_meta SET value = '1' WHERE key = 'oldestReader'");
    await (await openTestStore(url)).close();
    await own.close();
  });

  test('keeps an id with characters that PostgreSQL has no text for', async () => {
    const store = await openTestStore(await databases.create(template));
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

  test('fails a batch that is itself at fault, and leaves nothing of it', async () => {
    const store = await openTestStore(await databases.create(template));
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

  test('refuses calls after it was closed, and finishes what was asked before', async () => {
    const store = await openTestStore(await databases.create(template), { connectionsMax: 2 });
    const { alice, lobby } = await withLobby(store);

    const sends = Array.from({ length: 50 }, () =>
      store.log.commit([command({ roomId: lobby.id, userId: alice.id })]),
    );
    await store.close();

    assert.equal((await Promise.all(sends)).flat().length, 50);
    await assert.rejects(store.rooms.listUnusedRooms(), { name: 'StoreUnavailable' });
  });
});
