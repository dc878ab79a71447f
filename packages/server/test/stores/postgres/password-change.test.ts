/**
 * Concurrent login and password change in PostgreSQL, in either order, and a change that cannot be
 * finished.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import type { PasswordChange, Session } from '../../../src/model/session.ts';
import type { Store } from '../../../src/ports/store.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { session, user } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';
import { until } from '../../support/wait.ts';

const ALICE = user('alice');

const changeBy = (by: Session): PasswordChange => ({
  ...{ userId: ALICE.id, sessionKey: by.key, successor: session({ userId: ALICE.id }) },
  ...{ fromHash: 'old', toHash: 'new' },
});

describe('postgres: password change', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  let template: string;
  before(async () => {
    databases = await TestDatabases.open();
    template = await databases.create();
    const store = await openTestStore(template);
    await store.accounts.insertUser(ALICE, 'old');
    await store.close();
  });
  after(() => databases.close());

  /** Opens a store, and another connection in a transaction. */
  const beside = async (
    work: (store: Store, other: pg.Client) => Promise<void>,
    over: { readonly statementTimeoutMs?: number } = {},
  ) => {
    const url = await databases.create(template);
    const store = await openTestStore(url, { statementTimeoutMs: 60_000, ...over });
    const other = new pg.Client(url);
    await other.connect();
    await other.query('BEGIN');
    await work(store, other);
    await other.end();
    await store.close();
  };
  /** Resolves when a statement of the store waits for a lock of the other connection. */
  const waitsFor = async (other: pg.Client): Promise<void> => {
    const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    // Outside of the transaction, within which the view of others' activity does not change.
    const sql = 'SELECT 1 FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))';
    await until(async () => {
      return (await databases.query(sql, [rows[0]?.pid])).length > 0;
    }, 'somebody who waits');
  };

  test('rejects a concurrent login with the old password', () =>
    beside(async (store, other) => {
      await other.query('UPDATE users SET password_hash = $1', ['new']);
      const late = session({ userId: ALICE.id });

      const inserting = store.sessions.insertSession(late, 'old');
      await waitsFor(other);
      await other.query('COMMIT');

      assert.equal(await inserting, false);
      assert.equal(await store.sessions.findSession(late.key), undefined);
    }));

  test('waits for a running login, and ends its session', () =>
    beside(async (store, other) => {
      const [here, late] = [session({ userId: ALICE.id }), session({ userId: ALICE.id })];
      await store.sessions.insertSession(here, 'old');
      // The uncommitted writes of another node's store.
      await other.query('SELECT 1 FROM users WHERE password_hash = $1 FOR SHARE', ['old']);
      await other.query(
        `INSERT INTO sessions (id_digest, user_id, created_at, last_activity_at, expires_at, address, user_agent)
         VALUES ($1, $2, 0, 0, 0, '', '')`,
        [late.key, ALICE.id],
      );

      const change = changeBy(here);
      const changing = store.sessions.changePassword(change);
      await waitsFor(other);
      await other.query('COMMIT');

      const changed = await changing;
      assert(changed.kind === 'changed');
      assert.deepEqual([...changed.endedKeys].sort(), [here.key, late.key].sort());
      assert.equal(await store.sessions.findSession(late.key), undefined);
    }));

  test('changes nothing if the sessions cannot be ended', () =>
    beside(
      async (store, other) => {
        const here = session({ userId: ALICE.id });
        await other.query(
          `INSERT INTO sessions (id_digest, user_id, created_at, last_activity_at, expires_at, address, user_agent)
           VALUES ($1, $2, 0, 0, 0, '', ''), ('there', $2, 0, 0, 0, '', '')`,
          [here.key, ALICE.id],
        );
        await other.query('COMMIT');
        await other.query('BEGIN');
        await other.query('LOCK TABLE sessions IN EXCLUSIVE MODE');

        const change = changeBy(here);
        await assert.rejects(store.sessions.changePassword(change), { name: 'StoreUnavailable' });

        await other.query('COMMIT');
        const { rows } = await other.query('SELECT password_hash FROM users');
        assert.deepEqual(rows, [{ password_hash: 'old' }]);
      },
      { statementTimeoutMs: 2000 },
    ));
});
