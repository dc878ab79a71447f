import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Room } from '../../../src/model/room.ts';
import type { User } from '../../../src/model/user.ts';
import type { MessageLog } from '../../../src/ports/message-log.ts';
import type { RelationalStore } from '../../../src/ports/relational-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import { openCassandraLog } from '../../../src/stores/cassandra/message-log.ts';
import { storesOver } from '../../../src/stores/split/store.ts';
import { SEARCHED_LANGUAGES } from '../../contracts/search.ts';
import { testStoreContract } from '../../contracts/store.ts';
import { CassandraCluster, cassandraSkip } from '../../support/cassandra-server.ts';
import { command, withLobby } from '../../support/records.ts';
import { openTestStore } from '../../support/sqlite-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const parent = temporaryDirectory();
const onFailure = (error: unknown): void => {
  throw error;
};

describe('cassandra', { skip: cassandraSkip() }, () => {
  let cluster: CassandraCluster;
  let log: MessageLog;
  before(async () => {
    cluster = await CassandraCluster.start();
    // Small buckets: the cases reach their ends.
    const url = cluster.url('parley_contract');
    log = await openCassandraLog({ url, durability: 'full', bucketEvents: 7 });
  });
  after(async () => {
    await log.close();
    await cluster.remove();
  });

  describe('another node', () => {
    let relational: RelationalStore;
    let others: MessageLog;
    let store: Store;
    let other: Store;
    let alice: User;
    let lobby: Room;
    beforeEach(async () => {
      relational = await openTestStore(mkdtempSync(join(parent, 'nodes-')));
      others = await openCassandraLog({ url: cluster.url('parley_contract'), durability: 'full' });
      const shared = { ...relational, close: async () => {} };
      store = await storesOver(new Proxy(log, { get: keepOpen }), shared, { onFailure });
      other = await storesOver(others, shared, { onFailure });
      ({ alice, lobby } = await withLobby(store));
    });
    afterEach(async () => {
      await Promise.all([store.close(), other.close()]);
      await relational.close();
    });

    const say = async ({ log: { commit } }: Store, count: number): Promise<void> => {
      const said = Array.from({ length: count }, () =>
        command({ roomId: lobby.id, userId: alice.id }),
      );
      const outcomes = await commit(said);
      assert(outcomes.every(({ kind }) => kind === 'stored'));
    };
    const sequences = async (): Promise<number[]> => {
      const page = { roomId: lobby.id, before: undefined, after: undefined, limit: 50 };
      const { messages } = await store.log.readHistory(page);
      return messages.map(({ sequence }) => sequence);
    };
    const prune = (eventsMax: number) =>
      store.log.deleteMessagesOlderThan(lobby.id, { beforeMs: Number.MAX_SAFE_INTEGER, eventsMax });

    test('continues a log of which full buckets only were written, and all are deleted', async () => {
      await say(store, 14);
      await prune(14);

      await say(other, 1);

      assert.deepEqual(await sequences(), [15]);
    });

    test('continues a log whose end it last saw in a deleted bucket', async () => {
      await say(other, 1);
      await say(store, 24);
      await prune(15);

      await say(other, 1);

      assert.deepEqual(await sequences(), [16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26]);
    });

    test('does not continue a deleted log of which full buckets only were written', async () => {
      await say(store, 14);
      await log.deleteLog(lobby.id, 14);

      assert.equal(
        (await others.readTail(lobby.id, { atLeast: 14, isFresh: true })).isClosed,
        true,
      );
    });
  });

  testStoreContract('cassandra over sqlite', async () => {
    const relational = await openTestStore(mkdtempSync(join(parent, 'cassandra-')));
    // The cases share the keyspace: their rooms have ids of their own.
    return storesOver(new Proxy(log, { get: keepOpen }), relational, {
      ...{ onFailure, searchLanguages: SEARCHED_LANGUAGES },
    });
  });
});

function keepOpen(target: MessageLog, name: string | symbol): unknown {
  return name === 'close' ? async () => {} : Reflect.get(target, name);
}
