/**
 * The settings of `ops/compose.yaml`, without containers: nodes that start with them, behind nginx.
 * With `PARLEY_TEST_CLUSTER_CASSANDRA=1` also with the messages in Cassandra, which takes long to start.
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
import { proxySkip, RealProxy } from './real-proxy.ts';

const OPS = join(import.meta.dirname, '../../ops');
/** Variables that are not settings of Parley. */
const OTHERS = ['MALLOC_MMAP_THRESHOLD_'];
/** Settings that name containers, files in them and their network. */
const OF_CONTAINERS = [
  'HOST',
  'PORT',
  'DATA_DIR',
  'FILES_DIR',
  'DATABASE_URL',
  'REDIS_URL',
  'CASSANDRA_URL',
  'TRUST_PROXY',
];

/** The environment of the nodes, with a text in place of each variable of `.env`. */
function nodeEnvironment(): Record<string, string> {
  const text = readFileSync(join(OPS, 'compose.yaml'), 'utf8');
  const [, block = ''] = /\n {2}environment: &settings\n((?: {4}.*\n)+)/.exec(text) ?? [];
  const pairs = [...block.matchAll(/^ {4}(\w+): (.*)$/gm)].map(([, name = '', value = '']) => {
    const filled = value
      // biome-ignore lint/suspicious/noTemplateCurlyInString: A variable of the compose file.
      .replaceAll('${PARLEY_HOST:?}', 'chat.example.org')
      .replaceAll(/\$\{(\w+):\?\}/g, (_all, variable: string) => variable.padEnd(32, 'x'));
    return [name, filled.replace(/^"(.*)"$/, '$1')] as const;
  });
  return Object.fromEntries(pairs);
}

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

  const skip = proxySkip('nginx') || redisSkip() || postgresSkip();
  const skipCassandra =
    process.env['PARLEY_TEST_CLUSTER_CASSANDRA'] === '1'
      ? skip || cassandraSkip()
      : 'set PARLEY_TEST_CLUSTER_CASSANDRA=1';

  test('nodes with these settings serve users behind nginx', { skip }, () => serveUsers({}));

  test('so do nodes with the messages in Cassandra', { skip: skipCassandra }, async () => {
    const cassandra = await CassandraCluster.start();
    try {
      // The keyspace of the compose file, on the server of the tests.
      const { pathname } = new URL(nodeEnvironment()['CASSANDRA_URL'] ?? '');
      await serveUsers({ CASSANDRA_URL: cassandra.url(pathname.slice(1)) });
    } finally {
      await cassandra.remove();
    }
  });
});

async function serveUsers(over: Readonly<Record<string, string>>): Promise<void> {
  const own = Object.entries(nodeEnvironment()).filter(([name]) => !OF_CONTAINERS.includes(name));
  const cluster = await TestCluster.start(3, {
    ...Object.fromEntries(own),
    TRUST_PROXY: '127.0.0.1',
    REGISTRATION: 'open',
    ...over,
  });
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
    await shareFile(cluster.nodes.map(({ url }) => url));
  } finally {
    await proxy.close();
    await cluster.close();
  }
}

/** A file of one node is read from all. */
async function shareFile(urls: readonly string[]): Promise<void> {
  const carol = await Account.signUp(urls[0] ?? '', 'carol');
  const answer = await carol.sendFile('POST', '/api/upload', 'hello');
  assert.equal(answer.status, 201);
  const { url: path } = (await answer.json()) as { readonly url: string };
  for (const url of urls) {
    const read = await fetch(url + path, { headers: { authorization: `Bearer ${carol.token}` } });
    assert.equal(await read.text(), 'hello');
  }
}
