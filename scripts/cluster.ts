/**
 * `npm run cluster -- [--nodes N] [--cassandra]`: starts Redis, PostgreSQL, three nodes and a proxy
 * on free ports, with Cassandra for the messages if wanted, and prints their addresses. Ctrl-C stops
 * them all and deletes their data.
 */
import {
  CassandraCluster,
  cassandraSkip,
} from '../packages/server/test/support/cassandra-server.ts';
import { TestCluster } from '../tests/cluster/test-cluster.ts';
import { readArguments } from './arguments.ts';
import { ClusterProxy } from './cluster/proxy.ts';
import { buildWebClient } from './setup/build-web.ts';
import { findOrStartPostgres } from './setup/postgres.ts';
import { findOrInstallRedis } from './setup/redis.ts';
import { stop } from './setup/say.mjs';

const { values } = readArguments({
  name: 'cluster',
  about: 'Runs a cluster on this machine: Redis, PostgreSQL, nodes and a proxy.',
  options: {
    nodes: { type: 'string', value: 'N', default: '3', about: 'Number of nodes.' },
    cassandra: {
      type: 'boolean',
      default: false,
      about: 'Stores the messages in Apache Cassandra, which needs Java 17 and Maven.',
    },
  },
});
const nodeCount = Number(values.nodes);
if (!Number.isInteger(nodeCount) || nodeCount < 1 || nodeCount > 20) {
  stop('cluster: --nodes must be a whole number from 1 to 20.');
}
const obstacle = values.cassandra && cassandraSkip();
if (obstacle) stop(`cluster: ${obstacle}`);
if (!(await buildWebClient())) process.exit(1);
const redis = await findOrInstallRedis();
if (redis.kind === 'missing') stop(`cluster: ${redis.reason}`);
const postgres = await findOrStartPostgres();
if (postgres.kind === 'missing') stop(`cluster: ${postgres.reason}`);
process.env['PARLEY_TEST_REDIS'] = redis.path;
process.env['PARLEY_TEST_POSTGRES'] = postgres.url;

const cassandra = values.cassandra ? await CassandraCluster.start() : undefined;
const cassandraUrl = cassandra?.url('parley');
const cluster = await TestCluster.start(nodeCount, {
  ...(cassandraUrl !== undefined && { CASSANDRA_URL: cassandraUrl }),
  TRUST_PROXY: '127.0.0.1',
  LOG_LEVEL: 'warn',
  MESSAGE_RATE_MAX: '100',
});
const urls = cluster.nodes.map(({ url }) => url);
const proxy = await ClusterProxy.start(urls);
const rows = [
  [proxy.url, 'all nodes, through the proxy: open it in two browsers'],
  ...cluster.nodes.map(({ url, pid }, index) => [url, `node ${index + 1}, process ${pid}`]),
  [cluster.redis.url, 'Redis'],
  [cluster.databaseUrl, 'PostgreSQL'],
  ...(cassandraUrl === undefined ? [] : [[cassandraUrl, 'Cassandra']]),
];
const width = Math.max(...rows.map(([url = '']) => url.length));
console.log('\nThe cluster is running. Ctrl-C stops it and deletes its data.\n');
for (const [url = '', about] of rows) console.log(`  ${url.padEnd(width)}  ${about}`);

let isEnding = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (isEnding) return;
    isEnding = true;
    void end();
  });
}

async function end(): Promise<void> {
  await proxy.close();
  await cluster.close();
  await cassandra?.remove();
  process.exit();
}
