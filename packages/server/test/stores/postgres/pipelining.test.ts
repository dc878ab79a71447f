/** Statements that do not depend on each other's results share a round trip. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { StatementGroup } from '../../../src/stores/postgres/statement-group.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { command, withLobby } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

describe('a commit to PostgreSQL', { skip: postgresSkip() }, () => {
  const { query } = pg.Client.prototype;
  let databases: TestDatabases;
  /** Number of statements in each group that was sent. */
  const groups: number[] = [];
  before(async () => {
    databases = await TestDatabases.open();
    pg.Client.prototype.query = function record(this: pg.Client, ...args: unknown[]) {
      const [asked] = args;
      groups.push(asked instanceof StatementGroup ? asked.texts.length : 1);
      return Reflect.apply(query, this, args);
    } as typeof query;
  });
  after(async () => {
    pg.Client.prototype.query = query;
    await databases.close();
  });

  for (const [what, over, expected] of [
    ['of a message takes one round trip', {}, [3]],
    [
      'of anything else takes two: reads, and writes with the end of the transaction',
      { mentions: { everyone: true, names: [] } },
      [4, 7],
    ],
  ] as const) {
    test(what, async () => {
      const store = await openTestStore(await databases.create());
      const { alice, lobby } = await withLobby(store);
      const about = { roomId: lobby.id, userId: alice.id, ...over };
      await store.log.commit([command(about)]);
      groups.length = 0;
      const [outcome] = await store.log.commit([command({ ...about, clientMessageId: 'retried' })]);
      const sent = [...groups];
      await store.close();

      assert.equal(outcome?.kind, 'stored');
      assert.deepEqual(sent, expected);
    });
  }
});
