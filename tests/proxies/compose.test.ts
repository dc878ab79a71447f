/**
 * The settings of `ops/compose.yaml`, without containers: the cases of proxies start nodes with them;
 * with `PARLEY_TEST_CLUSTER_CASSANDRA=1` others have their messages in Cassandra, which takes long to start.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadConfig } from '../../packages/server/src/config/load-config.ts';
import { roleOf } from '../../packages/server/src/config/role.ts';
import { SETTINGS } from '../../packages/server/src/config/settings.ts';
import { Account } from '../../packages/server/test/support/account.ts';
import {
  CassandraCluster,
  cassandraSkip,
} from '../../packages/server/test/support/cassandra-server.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { TestCluster } from '../cluster/test-cluster.ts';
import { nodeEnvironment, nodeSettings, OPS } from './compose-settings.ts';
import { proxySkip, RealProxy } from './real-proxy.ts';

/** Variables that are not settings of Parley. */
const OTHERS = ['MALLOC_MMAP_THRESHOLD_'];
describe('ops/compose.yaml', () => {
  test('gives nodes of a cluster settings that exist', () => {
    const environment = nodeEnvironment();
    const names = Object.keys(environment).filter((name) => !OTHERS.includes(name));
    assert.deepEqual(
      names.filter((name) => !Object.hasOwn(SETTINGS, name)),
      [],
    );

    const { values } = loadConfig({ flags: {}, environment, envFile: {} });

    assert.equal(roleOf(values), 'node');
    assert(values.CASSANDRA_URL !== undefined);
  });

  test('gives all nodes one folder of files, which lasts', () => {
    const text = readFileSync(join(OPS, 'compose.yaml'), 'utf8');
    const folder = nodeEnvironment()['FILES_DIR'];
    const [, node = ''] = /\nx-node: &node\n((?: {2}.*\n)+)/.exec(text) ?? [];
    assert.match(node, new RegExp(`volumes: .*"files:${folder}"`));
    assert.match(text, /\nvolumes:\n {2}files:\n/);
  });

  test('explains every variable of its .env file', () => {
    const text = readFileSync(join(OPS, 'compose.yaml'), 'utf8');
    const used = [...text.matchAll(/\$\{(\w+):\?\}/g)].map(([, name]) => name);
    const example = readFileSync(join(OPS, 'compose.env.example'), 'utf8');
    const explained = [...example.matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    assert.deepEqual([...new Set(used)].sort(), explained.sort());
  });

  const skip =
    process.env['PARLEY_TEST_CLUSTER_CASSANDRA'] === '1'
      ? proxySkip('nginx') || redisSkip() || postgresSkip() || cassandraSkip()
      : 'set PARLEY_TEST_CLUSTER_CASSANDRA=1';

  test('nodes with these settings serve users behind nginx', { skip }, async () => {
    const cassandra = await CassandraCluster.start();
    try {
      // The keyspace of the compose file, on the server of the tests.
      const { pathname } = new URL(nodeEnvironment()['CASSANDRA_URL'] ?? '');
      await serveUsers(cassandra.url(pathname.slice(1)));
    } finally {
      await cassandra.remove();
    }
  });
});

async function serveUsers(CASSANDRA_URL: string): Promise<void> {
  const cluster = await TestCluster.start(3, { ...nodeSettings(), CASSANDRA_URL });
  const proxy = await RealProxy.start(
    'nginx',
    cluster.nodes.map(({ url }) => url),
  );
  try {
    const [alice, bob] = [
      await Account.signUp(proxy.url, 'alice'),
      await Account.signUp(proxy.url, 'bob'),
    ];
    const [one, other] = [await alice.connect(), await bob.connect()];
    await one.joinRoom({ roomName: 'lobby' });
    const { roomId } = await other.joinRoom({ roomName: 'lobby' });
    await one.sendMessage({ roomId, content: 'hello' });
    assert.equal((await other.next('chat_message')).content, 'hello');
    for (const socket of [one, other]) socket.terminate();
  } finally {
    await proxy.close();
    await cluster.close();
  }
}
