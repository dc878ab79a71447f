/** Calls while PostgreSQL is slow, down, or disconnected at the worst moment. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CommandOf } from '../../../src/model/log-command.ts';
import type { Store } from '../../../src/ports/store.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { openProxiedStore } from '../../support/proxied-store.ts';
import { command, withLobby } from '../../support/records.ts';
import type { TcpProxy } from '../../support/tcp-proxy.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';
import { until } from '../../support/wait.ts';

/** The statement as the driver sends it; `BEGIN` has the word, too. */
const COMMIT = 'COMMIT\0';
const UNAVAILABLE = { name: 'StoreUnavailable' };
/** A message with a mention is committed in two round trips, others in one. */
const MENTIONING: Partial<CommandOf<'message'>> = { mentions: { everyone: true, names: [] } };

describe('postgres store', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
  });
  after(() => databases.close());

  const behindProxy = async () => openProxiedStore(await databases.create());

  /** Cuts the connection after the server has answered a commit, before the client receives it. */
  const loseAnswers = (proxy: TcpProxy, onLost: () => void): void => {
    let isCommitting = false;
    proxy.onRequest = (bytes) => {
      isCommitting = bytes.includes(COMMIT);
    };
    proxy.onAnswer = () => {
      if (!isCommitting) return true;
      onLost();
      proxy.cut();
      return false;
    };
  };

  for (const [what, over] of [
    ['a message', {}],
    ['a message with a mention', MENTIONING],
  ] as const) {
    test(`determines the outcome of a commit of ${what} whose answer is lost`, async () => {
      const { proxy, store, sent, close } = await behindProxy();
      const first = { ...sent, ...over };
      loseAnswers(proxy, () => {
        proxy.onAnswer = () => true;
      });

      const [outcome] = await store.log.commit([first]);

      const { roomId } = first;
      const { events } = await store.log.readEvents(roomId, 0, 2);
      assert.deepEqual(outcome, { kind: 'stored', event: events[0] });
      const [again] = await store.log.commit([first]);
      assert.equal(again?.kind, 'duplicate');
      await close();
    });
  }

  for (const [what, statement, over] of [
    ['finds out that the commit of a message never arrived', COMMIT, {}],
    ['finds out that a commit never arrived', COMMIT, MENTIONING],
    [
      'stores nothing of a batch that is cut off before its commit',
      'INSERT INTO messages',
      MENTIONING,
    ],
  ] as const) {
    test(what, async () => {
      const { proxy, store, sent: plain, close } = await behindProxy();
      const sent = { ...plain, ...over };
      let isFirst = true;
      proxy.onRequest = (bytes) => {
        if (!isFirst || !bytes.includes(statement)) return;
        isFirst = false;
        proxy.cut();
      };

      const [outcome] = await store.log.commit([sent]);
      assert.equal(outcome?.kind, 'not-begun');

      const [again] = await store.log.commit([sent]);
      assert.equal(again?.kind, 'stored');
      await close();
    });
  }

  test('reports the outcome of a commit as unknown while the server is unreachable, and recognizes the retry', async () => {
    const { proxy, store, sent, close } = await behindProxy();
    loseAnswers(proxy, () => {
      proxy.onAnswer = () => {
        proxy.cut();
        return false;
      };
    });

    const [outcome] = await store.log.commit([sent]);
    assert.equal(outcome?.kind, 'unknown');

    proxy.onAnswer = () => true;
    const [again] = await store.log.commit([sent]);
    assert.deepEqual(
      [again?.kind, again?.kind === 'duplicate' && again.sequence],
      ['duplicate', 1],
    );
    await close();
  });

  test('cancels a statement that takes too long, and stores nothing of its batch', async () => {
    const url = await databases.create();
    const store = await openTestStore(url, { statementTimeoutMs: 2000 });
    const { alice, lobby } = await withLobby(store);
    const other = await TestDatabases.open(url);
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM rooms FOR UPDATE');
    const sent = command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c1' });

    const [outcome] = await store.log.commit([sent]);
    assert.equal(outcome?.kind, 'not-begun', 'the server has rolled it back');

    await other.query('ROLLBACK');
    const [again] = await store.log.commit([sent]);
    assert.equal(again?.kind, 'stored');
    await other.close();
    await store.close();
  });

  for (const code of ['40001', '40P01', '55P03', '57014']) {
    test(`reports a commit as not begun, and keeps its connection, if the server has rolled it back with ${code}`, async () => {
      const url = await databases.create();
      const store = await openTestStore(url);
      const { alice, lobby } = await withLobby(store);
      const other = await TestDatabases.open(url);
      const ofLastCommit = `SELECT pid FROM pg_stat_activity WHERE datname = current_database()
        AND query = 'COMMIT' ORDER BY state_change DESC LIMIT 1`;
      await store.log.commit([command({ roomId: lobby.id, userId: alice.id })]);
      const [connection] = await other.query(ofLastCommit);
      await other.query(
        `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN RAISE EXCEPTION 'rolled back' USING ERRCODE = '${code}'; END $$`,
      );
      await other.query('CREATE TRIGGER fail BEFORE INSERT ON messages EXECUTE FUNCTION fail()');
      const sent = command({ roomId: lobby.id, userId: alice.id });

      const [outcome] = await store.log.commit([sent]);
      await other.query('DROP TRIGGER fail ON messages');
      const [again] = await store.log.commit([sent]);

      assert.deepEqual([outcome?.kind, again?.kind], ['not-begun', 'stored']);
      assert.deepEqual(await other.query(ofLastCommit), [connection]);
      await other.close();
      await store.close();
    });
  }

  test('stores what two nodes write at once, whatever isolation is the default', async () => {
    const url = await databases.create();
    const own = await TestDatabases.open(url);
    const name = new URL(url).pathname.slice(1);
    await own.query(`ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`);
    await own.close();
    const nodes = [await openTestStore(url), await openTestStore(url)];
    const { alice, lobby } = await withLobby(nodes[0] as Store);
    const send = ({ log }: Store) => log.commit([command({ roomId: lobby.id, userId: alice.id })]);

    const kinds: (string | undefined)[] = [];
    for (let round = 0; round < 20; round += 1) {
      const outcomes = await Promise.all(nodes.map(send));
      kinds.push(...outcomes.map(([outcome]) => outcome?.kind));
    }

    assert.deepEqual(new Set(kinds), new Set(['stored']));
    for (const node of nodes) await node.close();
  });

  test('rejects a call if no connection becomes free in time', async () => {
    const url = await databases.create();
    const store = await openTestStore(url, { connectionsMax: 1, statementTimeoutMs: 60_000 });
    const { alice } = await withLobby(store);
    const other = await TestDatabases.open(url);
    await other.query('BEGIN');
    await other.query('LOCK TABLE rooms');

    const blocked = store.rooms.listUnusedRooms();
    // Before that it could share its connection with the next read.
    const ofBlocked = `SELECT FROM pg_stat_activity WHERE datname = current_database()
      AND wait_event_type = 'Lock'`;
    await until(async () => (await other.query(ofBlocked)).length > 0, 'the blocked read');
    await assert.rejects(store.accounts.findUser({ kind: 'id', id: alice.id }), UNAVAILABLE);

    await other.query('ROLLBACK');
    assert.deepEqual(await blocked, await store.rooms.listUnusedRooms());
    await other.close();
    await store.close();
  });

  test('recovers after the server was stopped, killed and restarted', async () => {
    const server = await PostgresServer.start();
    const store = await openTestStore(server.url, { durability: 'full' });
    const { alice, lobby } = await withLobby(store);
    const send = (clientMessageId: string) =>
      store.log.commit([command({ roomId: lobby.id, userId: alice.id, clientMessageId })]);
    await Promise.all(['a', 'b', 'c', 'd'].map(send)); // Every connection of the pool is in use.

    for (const [id, end] of [
      ['stopped', () => server.stop()],
      ['killed', () => server.kill()],
    ] as const) {
      await end();
      // Unknown if the commit was sent before the end of its connection arrived.
      assert.match((await send(id))[0]?.kind ?? '', /^(not-begun|unknown)$/);
      await server.start();
      const [outcome] = await send(id);
      assert.equal(outcome?.kind, 'stored');
    }

    const page = { roomId: lobby.id, before: undefined, after: undefined, limit: 9 };
    assert.equal((await store.log.readHistory(page)).messages.length, 6);
    await store.close();
    await server.remove();
  });
});
