/** Statements that do not depend on each other's results share a round trip. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { Statement } from '../../../src/stores/postgres/statement.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { command, withLobby } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

describe('a commit to PostgreSQL', { skip: postgresSkip() }, () => {
  const { query } = pg.Client.prototype;
  let databases: TestDatabases;
  let statements = 0;
  let unanswered = 0;
  /** How often a statement was sent while none was unanswered. */
  let rounds = 0;
  /** Statements that were written to the socket together with others. */
  let joined = 0;
  before(async () => {
    databases = await TestDatabases.open();
    pg.Client.prototype.query = function record(this: pg.Client, ...args: unknown[]) {
      const answer: unknown = Reflect.apply(query, this, args);
      statements += 1;
      if (this.connection.stream.writableCorked > 0) joined += 1;
      if (unanswered === 0) rounds += 1;
      unanswered += 1;
      const answered = (): void => {
        unanswered -= 1;
      };
      const [asked] = args;
      Promise.resolve(asked instanceof Statement ? asked.answered : answer).then(
        answered,
        answered,
      );
      return answer;
    } as typeof query;
  });
  after(async () => {
    pg.Client.prototype.query = query;
    await databases.close();
  });

  test('takes two round trips: reads, and writes with the end of the transaction', async () => {
    const store = await openTestStore(await databases.create());
    const { alice, lobby } = await withLobby(store);
    const send = () => command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'retried' });
    await store.log.commit([command({ roomId: lobby.id, userId: alice.id })]);
    [statements, rounds, joined] = [0, 0, 0];
    const [outcome] = await store.log.commit([send()]);
    const used = { statements, rounds, joined };
    await store.close();

    assert.equal(outcome?.kind, 'stored');
    assert.deepEqual(used, { statements: 10, rounds: 2, joined: 10 });
  });
});
