/** Databases that cannot hold every text, and values that no database can hold. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openPostgresTarget } from '../../../src/stores/postgres/archive.ts';
import { migratePostgres } from '../../../src/stores/postgres/store.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { command, withLobby } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

describe('postgres store', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
  });
  after(() => databases.close());

  /** Makes the database reject messages with the text `bad`. */
  const rejectBad = async (url: string) => {
    const inside = await TestDatabases.open(url);
    await inside.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'no such character' USING ERRCODE = '22P05'; END $$`,
    );
    await inside.query(
      `CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW
         WHEN (NEW.content = 'bad') EXECUTE FUNCTION refuse()`,
    );
    await inside.close();
  };

  for (const encoding of ['LATIN1', 'SQL_ASCII']) {
    test(`rejects a database in ${encoding} at the start, for a migration and an import`, async () => {
      const url = await databases.createEmpty(encoding);
      const rejection = {
        name: 'StoreUnusable',
        message: `DATABASE_URL: the encoding of the database is ${encoding}, which cannot hold all texts: use a database created with ENCODING 'UTF8'.`,
      };

      await assert.rejects(openTestStore(url), rejection);
      await assert.rejects(migratePostgres(url), rejection);
      await assert.rejects(openPostgresTarget(url), rejection);

      const inside = await TestDatabases.open(url);
      const tables = await inside.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
      assert.deepEqual(tables, []);
      await inside.close();
    });
  }

  test('distinguishes a value that it cannot hold from an outage', async () => {
    const url = await databases.create();
    const store = await openTestStore(url);
    const { alice, lobby } = await withLobby(store);
    await rejectBad(url);

    const bad = command({ roomId: lobby.id, userId: alice.id, content: 'bad' });
    await assert.rejects(store.log.commit([bad]), { name: 'NotStorable' });

    await store.close();
  });

  test('rejects a message that it cannot hold, and stores the others of the batch', async () => {
    const url = await databases.create();
    const store = await openTestStore(url);
    const harness = new ChatHarness({ store });
    const alice = await harness.connect('alice');
    await alice.join('lobby');
    await rejectBad(url);

    const [before, bad, after] = await Promise.allSettled(
      ['before', 'bad', 'after'].map((content) => alice.send(content)),
    );

    assert.deepEqual([before?.status, after?.status], ['fulfilled', 'fulfilled']);
    assert.equal(bad?.status === 'rejected' && bad.reason.code, 'VALIDATION_ERROR');
    alice.leave();
    await harness.chat.close();
    await store.close();
  });
});
