import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'cassandra-driver';
import type { CommitResult } from '../../../src/model/commit-outcome.ts';
import type { Room } from '../../../src/model/room.ts';
import type { User } from '../../../src/model/user.ts';
import type { RelationalStore } from '../../../src/ports/relational-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import { connect } from '../../../src/stores/cassandra/connection.ts';
import { leaveLostConnections } from '../../../src/stores/cassandra/driver-guards.ts';
import { openCassandraLog } from '../../../src/stores/cassandra/message-log.ts';
import { storesOver } from '../../../src/stores/split/store.ts';
import { CassandraCluster, cassandraSkip } from '../../support/cassandra-server.ts';
import { change, command, withLobby } from '../../support/records.ts';
import { openTestStore } from '../../support/sqlite-store.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/wait.ts';

const BUCKET_EVENTS = 7;

const parent = temporaryDirectory();
const { batch, execute } = Client.prototype;
type Batch = (this: Client, queries: { query: string }[], options: object) => Promise<unknown>;

describe('cassandra under faults', { skip: cassandraSkip() }, () => {
  let cluster: CassandraCluster;
  let relational: RelationalStore;
  let nodes: Store[];
  let first: Store;
  let second: Store;
  let alice: User;
  let bob: User;
  let lobby: Room;
  before(async () => {
    cluster = await CassandraCluster.start();
  });
  after(() => cluster?.remove());
  beforeEach(async () => {
    relational = await openTestStore(mkdtempSync(join(parent, 'faults-')));
    nodes = [];
    [first, second] = [await openNode(), await openNode()];
    ({ alice, bob, lobby } = await withLobby(first));
  });
  afterEach(async () => {
    Object.assign(Client.prototype, { batch, execute });
    for (const node of nodes) await node.close();
    await relational.close();
  });

  async function openNode(): Promise<Store> {
    const options = { durability: 'full', bucketEvents: BUCKET_EVENTS } as const;
    const log = await openCassandraLog({ url: cluster.url('parley_faults'), ...options });
    const onFailure = (error: unknown): void => {
      throw error;
    };
    const node = await storesOver(log, { ...relational, close: async () => {} }, { onFailure });
    nodes.push(node);
    return node;
  }

  const timeout = (): Error =>
    Object.assign(new Error('timed out'), { name: 'OperationTimedOutError' });
  /** Replaces the next write of a batch. */
  function interceptBatch(replacement: (write: () => Promise<unknown>) => Promise<unknown>): void {
    const replaced: Batch = function intercept(queries, options) {
      const write = () => Reflect.apply(batch as Batch, this, [queries, options]);
      if (!queries[0]?.query.includes('SET head')) return write();
      Object.assign(Client.prototype, { batch });
      return replacement(write);
    };
    Object.assign(Client.prototype, { batch: replaced });
  }

  const by = () => ({ roomId: lobby.id, userId: alice.id });
  const send = (store: Store, content: string, clientMessageId?: string) => {
    const key = clientMessageId === undefined ? {} : { clientMessageId };
    return store.log.commit([command({ ...by(), content, ...key })]);
  };
  const contents = async (store = second) => {
    const page = { roomId: lobby.id, before: undefined, after: undefined, limit: 200 };
    return (await store.log.readHistory(page)).messages.map(({ content }) => content);
  };

  test('finds out that a batch without an answer was stored', async () => {
    interceptBatch(async (write) => {
      await write();
      throw timeout();
    });

    const [outcome] = await send(first, 'once', 'c1');

    assert.equal(outcome?.kind, 'stored');
    assert.deepEqual(await contents(), ['once']);
  });

  test('stores a batch again that was lost without an answer', async () => {
    interceptBatch(async () => {
      throw timeout();
    });

    const [outcome] = await send(first, 'once', 'c1');

    assert.equal(outcome?.kind, 'stored');
    assert.deepEqual(await contents(), ['once']);
  });

  test('stores a batch once that arrives late, after it was written again', async () => {
    const late = Promise.withResolvers<unknown>();
    interceptBatch(async (write) => {
      void delay(200).then(write).then(late.resolve, late.reject);
      throw timeout();
    });

    const [outcome] = await send(first, 'once', 'c1');
    await late.promise;
    await send(first, 'next');

    assert.equal(outcome?.kind, 'stored');
    assert.deepEqual(await contents(), ['once', 'next']);
  });

  test('decides a lost batch again after another node has stored one', async () => {
    interceptBatch(async () => {
      await send(second, 'other');
      throw timeout();
    });

    const [outcome] = await send(first, 'own');

    assert(outcome?.kind === 'stored');
    assert.equal(outcome.event.sequence, 2);
    assert.deepEqual(await contents(), ['other', 'own']);
  });

  test('recognizes a repeated message across the ends of buckets, on any node', async () => {
    await send(first, 'first', 'c1');
    for (let index = 0; index < 2 * BUCKET_EVENTS; index += 1) await send(first, 'more');

    const repeated = [await send(first, 'first', 'c1'), await send(second, 'first', 'c1')];
    const [other] = await send(second, 'another text', 'c1');

    assert.deepEqual(
      repeated.flat().map((each) => each.kind === 'duplicate' && each.sequence),
      [1, 1],
    );
    assert.deepEqual([other?.kind, (await contents()).length], ['rejected', 15]);
  });

  test('completes the keys of a node that ended after its batch was stored', async () => {
    const failing: Batch = function fail(queries, options) {
      const isCopy = queries[0]?.query.startsWith('INSERT INTO send_keys') === true;
      if (isCopy) return Promise.reject(timeout());
      return Reflect.apply(batch as Batch, this, [queries, options]);
    };
    Object.assign(Client.prototype, { batch: failing });
    const [unknown] = await send(first, 'left', 'c1');
    Object.assign(Client.prototype, { batch });
    for (let index = 0; index < 2 * BUCKET_EVENTS; index += 1) await send(second, 'more');

    const [repeated] = await send(second, 'left', 'c1');

    assert.deepEqual([unknown?.kind, repeated?.kind], ['unknown', 'duplicate']);
    assert.equal((await contents()).length, 15);
  });

  test('applies the edit of an old message that a node has left, and keeps its text nowhere else', async () => {
    const sent = command({ ...by(), content: 'before' });
    await first.log.commit([sent]);
    for (let index = 0; index < BUCKET_EVENTS; index += 1) await send(first, 'more');
    const failing: Batch = function fail(queries, options) {
      if (queries[0]?.query.includes('IF folded')) return Promise.reject(timeout());
      return Reflect.apply(batch as Batch, this, [queries, options]);
    };
    Object.assign(Client.prototype, { batch: failing });
    const { messageId } = sent;
    const mentions = { everyone: false, names: [] };
    const edit = change({ kind: 'edit', ...by(), messageId, content: 'after', mentions });
    const [unknown] = await first.log.commit([edit]);
    Object.assign(Client.prototype, { batch });

    await send(second, 'next');
    const edited = await second.log.readMessage(lobby.id, messageId);
    await second.log.commit([change({ kind: 'deletion', ...by(), messageId })]);
    const { events } = await second.log.readEvents(lobby.id, 0, 99);

    assert.deepEqual([unknown?.kind, edited?.content], ['unknown', 'after']);
    assert.doesNotMatch(JSON.stringify(events), /before|after/);
    const client = new Client({
      contactPoints: [`127.0.0.1:${cluster.port}`],
      localDataCenter: 'datacenter1',
      keyspace: 'parley_faults',
    });
    const { rows } = await client.execute(
      'SELECT body, folds FROM room_log WHERE room_id = ? ALLOW FILTERING',
      [lobby.id],
      { prepare: true },
    );
    await client.shutdown();
    assert(rows.length > 8);
    assert.doesNotMatch(JSON.stringify(rows), /before|after/);
  });

  test('numbers the messages of two nodes in one hot room without gaps, each once', async () => {
    // Nodes that are slow to write take their turns from each other; clients repeat what is refused.
    const repeat = async (store: Store, sent: ReturnType<typeof command>) => {
      let outcome: CommitResult | undefined;
      await until(async () => {
        [outcome] = await store.log.commit([sent]);
        return outcome?.kind !== 'not-begun';
      }, 'the log to take the message');
      return outcome;
    };
    const flood = (store: Store, userId: User['id']) =>
      Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          repeat(store, command({ roomId: lobby.id, userId, clientMessageId: `c${index % 30}` })),
        ),
      );

    const outcomes = (await Promise.all([flood(first, alice.id), flood(second, bob.id)])).flat();

    const { events } = await first.log.readEvents(lobby.id, 0, 999);
    const stored = outcomes.filter((outcome) => outcome?.kind === 'stored');
    assert.deepEqual(
      events.map(({ sequence }) => sequence),
      Array.from({ length: 60 }, (_, index) => index + 1),
    );
    assert.equal(stored.length, 60);
    assert.equal(outcomes.filter((outcome) => outcome?.kind === 'duplicate').length, 60);
  });

  async function checkRequests(idOf: (index: number) => string, keyRequests: number) {
    const log = await openCassandraLog({
      url: cluster.url(`parley_requests_${keyRequests}`),
      durability: 'full',
    });
    const own = await openTestStore(mkdtempSync(join(parent, 'requests-')));
    const node = await storesOver(log, own, { onFailure: () => {} });
    ({ alice, lobby } = await withLobby(node));
    await send(node, 'first', 'c0');
    const requests: string[] = [];
    const counted = (name: 'batch' | 'execute') =>
      function count(this: Client, first: string | { query: string }[], ...rest: unknown[]) {
        requests.push((typeof first === 'string' ? first : (first[0]?.query ?? '')).slice(0, 21));
        return Reflect.apply({ batch, execute }[name], this, [first, ...rest]);
      };
    Object.assign(Client.prototype, { batch: counted('batch'), execute: counted('execute') });

    const commit = async () => {
      const all = Array.from({ length: 100 }, (_, index) =>
        command({ ...by(), clientMessageId: idOf(index + 1) }),
      );
      return new Set((await node.log.commit(all)).map(({ kind }) => kind));
    };

    const outcomes = await commit();

    assert.deepEqual(outcomes, new Set(['stored']));
    const byText = Map.groupBy(requests, (text) => text);
    // The ids may be of two moments, whose positions are in two partitions.
    const { 'INSERT INTO message_p': positions = 0, ...others } = Object.fromEntries(
      [...byText].map(([text, { length }]) => [text, length]),
    );
    assert(positions <= 2);
    assert.deepEqual(others, {
      'SELECT name, body FRO': 1,
      'UPDATE room_log SET h': 1,
      'INSERT INTO send_keys': keyRequests,
    });
    assert.deepEqual(await commit(), new Set(['duplicate']));
    await node.close();
  }

  const manyWith = 'stores a hundred messages with one look for their keys, one conditional write';
  test(`${manyWith} and few index writes`, () => checkRequests((index) => `c${index}`, 10));

  test(`${manyWith} and one write of their keys if these have the time`, () =>
    checkRequests((index) => `0193a5c0-1000-7000-8000-${String(index).padStart(12, '0')}`, 1));

  test('stores many large messages at once', async () => {
    const large = Array.from({ length: 60 }, (_, index) =>
      command({ ...by(), content: `${index} ${'x'.repeat(16_000)}` }),
    );

    const outcomes = await first.log.commit(large);

    assert.equal(outcomes.filter(({ kind }) => kind === 'stored').length, 60);
    // A page has 640 KiB.
    const page = await second.log.readEvents(lobby.id, 0, 999);
    const end = page.events.at(-1)?.sequence ?? 0;
    const rest = await second.log.readEvents(lobby.id, end, 999);
    const found = [...page.events, ...rest.events].filter(
      (event) => event.kind === 'message' && event.message.content.length > 16_000,
    );
    assert.equal(found.length, 60);
  });

  test('leaves a connection on which two requests were lost', async (t) => {
    const proxy = await TcpProxy.start({ host: '127.0.0.1', port: cluster.port });
    const address = {
      contactPoints: [`127.0.0.1:${proxy.port}`],
      keyspace: 'parley_faults',
      dataCenter: 'datacenter1',
      credentials: undefined,
      usesTls: false,
    };
    const client = await connect(address, { mayCreate: true });
    t.after(async () => {
      await client.shutdown();
      await proxy.close();
    });
    const read = () => client.execute('SELECT key FROM system.local', [], { prepare: false });
    proxy.leaveHalfOpen();

    const lost = await Promise.allSettled([read(), read()]);
    assert.deepEqual(
      lost.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    await until(
      () =>
        read().then(
          () => true,
          () => {
            leaveLostConnections(client);
            return false;
          },
        ),
      'another connection',
    );
  });
});
