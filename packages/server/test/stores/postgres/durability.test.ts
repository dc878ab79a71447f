import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { command, epochOf, withLobby } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

describe('postgres store', { skip: postgresSkip() }, () => {
  test('rejects a server that may lose acknowledged messages, unless configured otherwise', async () => {
    const server = await PostgresServer.start();
    for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit']) {
      await server.stop();
      await server.start({ [setting]: 'off' });

      await assert.rejects(openTestStore(server.url, { durability: 'full' }), {
        name: 'StoreUnusable',
        message: `PostgreSQL may lose acknowledged messages (${setting}=off): fix that, or start with DURABILITY=relaxed.`,
      });
      const store = await openTestStore(server.url, { durability: 'relaxed' });
      assert.deepEqual(store.weakenedBy, [`${setting}=off`]);
      await store.close();
    }
    await server.remove();
  });

  test('acknowledges nothing after the server restarted with less durability', async () => {
    const server = await PostgresServer.start();
    const store = await openTestStore(server.url, { durability: 'full' });
    const { alice, lobby } = await withLobby(store);
    const send = () => store.log.commit([command({ roomId: lobby.id, userId: alice.id })]);
    await server.stop();
    await server.start({ fsync: 'off' });
    // The first call may use an old connection.
    await Promise.allSettled([send()]);

    const [refused] = await send();
    assert(refused?.kind === 'not-begun' && refused.error instanceof StoreUnavailable);
    assert.match(String(refused.error.cause), /may lose acknowledged messages/);

    await server.stop();
    await server.start();
    assert.equal((await send())[0]?.kind, 'stored');
    await store.close();
    await server.remove();
  });

  test('creates a new generation when another server has the address', async () => {
    const databases = await TestDatabases.open();
    const url = await databases.create();
    const store = await openTestStore(url);
    const { alice, lobby } = await withLobby(store);
    const epoch = await epochOf(store, lobby.id, alice.id);
    await store.close();
    const own = await TestDatabases.open(url);
    await own.query("UPDATE store_meta SET value = 'another' WHERE key = 'server'");
    await own.close();

    const again = await openTestStore(url);

    assert.notEqual(await epochOf(again, lobby.id, alice.id), epoch);
    await again.close();
    await databases.close();
  });
});
