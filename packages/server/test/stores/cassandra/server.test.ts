import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openCassandraLog } from '../../../src/stores/cassandra/message-log.ts';
import { CassandraCluster, cassandraSkip } from '../../support/cassandra-server.ts';
import { TestServer } from '../../support/running-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const parent = temporaryDirectory();

describe('a server with messages in Cassandra', { skip: cassandraSkip() }, () => {
  let cluster: CassandraCluster;
  before(async () => {
    cluster = await CassandraCluster.start();
  });
  after(() => cluster?.remove());

  const newDirectory = (): string => mkdtempSync(join(parent, 'server-'));

  /** Joins a room as alice, returns its history, and sends a message. */
  async function talk(server: TestServer, content: string): Promise<string[]> {
    const alice = await server.connect('alice');
    const { roomId, history } = await alice.joinRoom({ roomName: 'lobby' });
    await alice.sendMessage({ roomId, content, clientMessageId: content });
    alice.close();
    return history.map((message) => message.content);
  }

  test('keeps them there over a restart, and does not start without it', async () => {
    const settings = { DATA_DIR: newDirectory(), CASSANDRA_URL: cluster.url('parley_server') };
    const first = await TestServer.start(settings);
    assert.deepEqual(await talk(first, 'one'), []);
    await first.close();

    const again = await TestServer.start(settings);
    const history = await talk(again, 'two');
    await again.close();

    assert.deepEqual(history, ['one']);
    const { DATA_DIR } = settings;
    // Named, so that it is opened as in the product.
    const alone = { DATA_DIR, DATABASE_URL: 'sqlite:' };
    await assert.rejects(TestServer.start(alone), /CASSANDRA_URL is missing/);
    const elsewhere = { DATA_DIR, CASSANDRA_URL: cluster.url('parley_elsewhere') };
    await assert.rejects(TestServer.start(elsewhere), /belongs to other messages/);
  });

  test('does not start over a database that has messages itself', async () => {
    const DATA_DIR = newDirectory();
    const first = await TestServer.start({ DATA_DIR });
    await talk(first, 'one');
    await first.close();

    const settings = { DATA_DIR, CASSANDRA_URL: cluster.url('parley_other') };

    await assert.rejects(TestServer.start(settings), /belongs to other messages/);
  });

  test('does not start with a Cassandra that flushes later, unless that is accepted', async () => {
    const periodic = await CassandraCluster.start(1, 'periodic');
    const url = periodic.url('parley');
    try {
      await assert.rejects(openCassandraLog({ url, durability: 'full' }), {
        name: 'StoreUnusable',
        message: /commitlog_sync=periodic on .*Set 'commitlog_sync: batch'/,
      });
      const relaxed = await openCassandraLog({ url, durability: 'relaxed' });
      assert.match(relaxed.weakenedBy.join(), /commitlog_sync=periodic/);
      await relaxed.close();
    } finally {
      await periodic.remove();
    }
  });

  test('does not start with an address that has another form', async () => {
    for (const url of ['cassandra://host/parley', 'cassandra://user:secret@host?datacenter=x']) {
      await assert.rejects(openCassandraLog({ url, durability: 'full' }), (error: Error) => {
        assert.equal(error.name, 'StoreUnusable');
        assert.match(error.message, /^CASSANDRA_URL is not of the form/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }
  });
});
