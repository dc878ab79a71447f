/** Replies of a thread, and marks of it as read, at the same time. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import pg from 'pg';
import type { Room } from '../../../src/model/room.ts';
import type { User } from '../../../src/model/user.ts';
import type { Store } from '../../../src/ports/store.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { command, commitMessage, withLobby } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';
import { until } from '../../support/wait.ts';

interface Beside {
  readonly store: Store;
  /** Another connection, in a transaction. */
  readonly other: pg.Client;
  readonly alice: User;
  readonly bob: User;
  readonly lobby: Room;
  /** Of a thread with a reply of each user, of which that of Bob comes first. */
  readonly rootId: MessageId;
}

const FOLLOWS = 'thread_follows WHERE user_id = $1 AND root_id = $2';
const UNREAD = 'unread_replies WHERE user_id = $1 AND root_id = $2';

describe('threads in postgres', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
  });
  after(() => databases.close());

  const beside = async (work: (about: Beside) => Promise<void>): Promise<void> => {
    const url = await databases.create();
    const store = await openTestStore(url, { statementTimeoutMs: 60_000 });
    const { alice, bob, lobby } = await withLobby(store);
    const rootId = await commitMessage(store.log, { roomId: lobby.id, userId: alice.id });
    for (const { id: userId } of [bob, alice]) {
      await commitMessage(store.log, { roomId: lobby.id, userId, parentId: rootId });
    }
    const other = new pg.Client(url);
    await other.connect();
    await other.query('BEGIN');
    await work({ store, other, alice, bob, lobby, rootId });
    await other.end();
    await store.close();
  };
  /** Resolves when a statement of the store waits for a lock of the other connection. */
  const waitsFor = async (other: pg.Client): Promise<void> => {
    const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const sql = 'SELECT 1 FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))';
    await until(
      async () => (await databases.query(sql, [rows[0]?.pid])).length > 0,
      'a statement that waits',
    );
  };

  test('a reply that is stored while its thread is marked as read stays unread', () =>
    beside(async ({ store, other, bob, lobby, rootId }) => {
      const of = [bob.id, rootId];
      // As the commit of a reply does.
      await other.query(
        `INSERT INTO unread_replies (user_id, room_id, sequence, root_id, in_room)
         VALUES ($1, $3, 4, $2, 0)`,
        [...of, lobby.id],
      );
      await other.query(`UPDATE ${FOLLOWS.replace('WHERE', 'SET has_unread = 1 WHERE')}`, of);

      const to = { roomId: lobby.id, rootId, sequence: 3, number: 2 };
      const marking = store.threads.markThreadRead(bob.id, to);
      await waitsFor(other);
      await other.query('COMMIT');
      await marking;

      assert.equal(await store.threads.countUnreadThreads(bob.id), 1);
    }));

  test('a mark lets a commit with several replies end', () =>
    beside(async ({ store, other, bob, lobby, rootId }) => {
      const of = [bob.id, rootId];
      // The first reply locks what all follow, the second is one of Bob.
      await other.query(`SELECT 1 FROM ${FOLLOWS} FOR UPDATE`, of);
      const to = { roomId: lobby.id, rootId, sequence: 3, number: 2 };
      const marking = store.threads.markThreadRead(bob.id, to);
      await waitsFor(other);

      await other.query(`DELETE FROM ${UNREAD}`, of);
      await other.query('COMMIT');
      await marking;
      assert.equal(await store.threads.countUnreadThreads(bob.id), 0);
    }));

  test('a reply lets a mark of its author end', () =>
    beside(async ({ store, other, bob, lobby, rootId }) => {
      const of = [bob.id, rootId];
      await other.query(`SELECT 1 FROM ${FOLLOWS} FOR UPDATE`, of);
      const sent = command({ roomId: lobby.id, userId: bob.id, parentId: rootId });
      const replying = store.log.commit([sent]);
      await waitsFor(other);

      await other.query(`DELETE FROM ${UNREAD}`, of);
      await other.query('COMMIT');
      const [outcome] = await replying;
      assert.equal(outcome?.kind, 'stored');
    }));
});
