/**
 * The store in this process. The whole contract runs in `remote-store.test.ts`, through the same
 * threads; only commits come here on another way.
 */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import type { Store } from '../../../src/ports/store.ts';
import { testEventLog } from '../../contracts/event-log.ts';
import { testLogBatches } from '../../contracts/log-batches.ts';
import { testLogChanges } from '../../contracts/log-changes.ts';
import { testReopening } from '../../contracts/reopening.ts';
import { rightsOf } from '../../support/file-mode.ts';
import { change, command, NOON_MS, withLobby } from '../../support/records.ts';
import { reusedSqliteStores } from '../../support/reused-stores.ts';
import { openTestStore } from '../../support/sqlite-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/wait.ts';

const parent = temporaryDirectory();

function openStore(directory = mkdtempSync(join(parent, 'store-'))): Promise<Store> {
  return openTestStore(directory);
}

const openEmpty = reusedSqliteStores(parent, openTestStore);
testEventLog('sqlite', openEmpty);
testLogChanges('sqlite', openEmpty);
testLogBatches('sqlite', openEmpty);

describe('sqlite store', () => {
  testReopening(() => mkdtempSync(join(parent, 'again-')), openTestStore);

  test('pages by the index on room and sequence, and never scans', async () => {
    const directory = mkdtempSync(join(parent, 'plan-'));
    await (await openStore(directory)).close();
    const database = new DatabaseSync(join(directory, 'parley.db'));

    const plan = database
      .prepare(
        `EXPLAIN QUERY PLAN SELECT m.id FROM messages m JOIN users u ON u.id = m.user_id
         WHERE m.room_id = ? AND m.sequence_number > ? AND m.sequence_number < ?
         ORDER BY m.sequence_number DESC LIMIT ?`,
      )
      .all('room', 0, 10, 10)
      .map((row) => String(row['detail']));
    const indexes = database
      .prepare("SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
      .all()
      .map((row) => String(row['sql']));
    database.close();

    assert.match(plan.join('\n'), /SEARCH m USING INDEX .*\(room_id=\? AND sequence_number/);
    assert.doesNotMatch(plan.join('\n'), /SCAN|TEMP B-TREE/);
    assert(indexes.some((sql) => sql.includes('messages (room_id, created_at)')));
  });

  test('rejects a file of a newer version with a readable message', async () => {
    const directory = mkdtempSync(join(parent, 'newer-'));
    await (await openStore(directory)).close();
    const database = new DatabaseSync(join(directory, 'parley.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();

    await assert.rejects(openStore(directory), /schema version 99.*Use a newer Parley/s);
  });

  test('uses a write-ahead log, and flushes before it answers', async () => {
    const directory = mkdtempSync(join(parent, 'durable-'));
    const store = await openStore(directory);
    const database = new DatabaseSync(join(directory, 'parley.db'), { readOnly: true });

    const mode = database.prepare('PRAGMA journal_mode').get()?.['journal_mode'];

    database.close();
    await store.close();
    assert.equal(mode, 'wal');
  });

  test('creates files that only their owner can read, and keeps the permissions of existing ones', async () => {
    const directory = mkdtempSync(join(parent, 'private-'));
    const file = join(directory, 'parley.db');
    const store = await openStore(directory);
    await withLobby(store);

    const rights = [file, `${file}-wal`, `${file}-shm`].map(rightsOf);
    await store.close();
    chmodSync(file, 0o640);
    await (await openStore(directory)).close();

    assert.deepEqual(rights, ['600', '600', '600']);
    assert.equal(rightsOf(file), '640');
  });

  test('accepts the next commit while one is made durable, and stores it after that', async () => {
    const store = await openEmpty();
    const { alice, lobby } = await withLobby(store);
    const send = (content: string, onReady?: () => void) =>
      store.log.commit([command({ roomId: lobby.id, userId: alice.id, content })], onReady);
    const ahead = Promise.withResolvers<Awaited<ReturnType<typeof send>>>();

    const [first] = await send('1', () => ahead.resolve(send('2')));
    const [second] = await ahead.promise;

    assert(first?.kind === 'stored' && second?.kind === 'stored');
    assert.deepEqual([first.event.sequence, second.event.sequence], [1, 2]);
    await store.close();
  });

  test('repeats a batch one by one if one call fails, so that the others succeed', async () => {
    const store = await openEmpty();
    const { alice, lobby } = await withLobby(store);
    const good = command({ roomId: lobby.id, userId: alice.id, content: 'good' });

    const results = await Promise.allSettled([
      store.accounts.setLastSeen([{ userId: alice.id, lastSeenAtMs: NOON_MS }]), // Runs alone: the other calls are collected for the next batch.
      store.log.commit([good]),
      store.log.commit([{ ...good, content: 'the same id again' }]),
      store.log.commit([command({ roomId: lobby.id, userId: alice.id, content: 'also good' })]),
    ]);

    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    );
    const page = { roomId: lobby.id, before: undefined, after: undefined, limit: 9 };
    const { messages } = await store.log.readHistory(page);
    assert.deepEqual(
      messages.map(({ sequence, content }) => [sequence, content]),
      [
        [1, 'good'],
        [2, 'also good'],
      ],
    );
    await store.close();
  });

  test('sees what another program has written between two commits', async () => {
    const directory = mkdtempSync(join(parent, 'foreign-'));
    const store = await openStore(directory);
    const { alice, lobby } = await withLobby(store);
    const by = { roomId: lobby.id, userId: alice.id };
    const outcomes = async () => (await store.log.commit([command(by)])).map(({ kind }) => kind);
    const before = await outcomes();

    const tool = new DatabaseSync(join(directory, 'parley.db'));
    tool.prepare('DELETE FROM memberships WHERE user_id = ?').run(alice.id);
    tool.close();

    assert.deepEqual([before, await outcomes()], [['stored'], ['rejected']]);
    await store.close();
  });

  test('leaves no text of a deleted message in its files, of an edited one neither', async () => {
    const directory = mkdtempSync(join(parent, 'deleted-'));
    const store = await openStore(directory);
    const { alice, lobby } = await withLobby(store);
    const by = { roomId: lobby.id, userId: alice.id };
    const mentions = { everyone: false, names: [] };
    // The longer text has pages of its own.
    const texts = ['a secret', 'a longer secret '.repeat(500)];
    for (const content of texts) {
      const [deleted, edited] = [command({ ...by, content }), command({ ...by, content })];
      await store.log.commit([deleted, edited]);
      await store.log.commit([
        change({ ...by, kind: 'deletion', messageId: deleted.messageId }),
        change({ ...by, kind: 'edit', messageId: edited.messageId, content: 'x', mentions }),
      ]);
      // Until then its earlier text is kept.
      await store.log.commit([change({ ...by, kind: 'deletion', messageId: edited.messageId })]);
    }
    const file = join(directory, 'parley.db');
    const holdsSecret = () =>
      [file, `${file}-wal`].some((name) => readFileSync(name).includes('secret'));

    try {
      await until(() => !holdsSecret(), 'the deleted texts to be overwritten');
    } finally {
      await store.close();
    }
  });

  test('reports what makes it less durable than promised', async () => {
    const directory = mkdtempSync(join(parent, 'relaxed-'));
    const relaxed = await openTestStore(directory, { durability: 'relaxed' });
    await relaxed.close();
    const full = await openTestStore(directory);
    await full.close();

    assert.deepEqual([relaxed.weakenedBy, full.weakenedBy], [['synchronous=NORMAL'], []]);
  });

  test('rejects calls after it was closed', async () => {
    const store = await openStore();
    await store.close();

    await assert.rejects(store.rooms.listUnusedRooms(), { name: 'StoreUnavailable' });
  });

  test('finishes running calls before it closes', async () => {
    const store = await openStore();
    const { alice, lobby } = await withLobby(store);

    const sends = Array.from({ length: 50 }, () =>
      store.log.commit([command({ roomId: lobby.id, userId: alice.id })]),
    );
    await store.close();

    assert.equal((await Promise.all(sends)).flat().length, 50);
  });
});
