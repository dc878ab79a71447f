/** One Cassandra node for all measurements of a run; each measurement has a keyspace of its own. */
import { CassandraCluster } from '../../packages/server/test/support/cassandra-server.ts';

/** As in production rather than in tests, which compile less and have a quarter of the heap. */
const JAVA_OPTIONS = '-Xms1g -Xmx1g -XX:TieredStopAtLevel=4';
/** With the 64 MiB of the tests, a quarter of the CPU time goes into flushes and compactions. */
const COMMITLOG_MIB = 1024;

let cluster: CassandraCluster | undefined;
let keyspaceCount = 0;

/** Starts nodes as in production. Every write is flushed (`commitlog_sync: batch`). */
export function startCassandra(size: 1 | 3): Promise<CassandraCluster> {
  // Java reads this variable after the command line.
  process.env['_JAVA_OPTIONS'] = JAVA_OPTIONS;
  return CassandraCluster.start(size, 'batch', COMMITLOG_MIB);
}

/** Resolves to the address of an empty keyspace. */
export async function newKeyspace(): Promise<string> {
  cluster ??= await startCassandra(1);
  keyspaceCount += 1;
  return cluster.url(`parley_bench_${keyspaceCount}`);
}

export async function removeCassandra(): Promise<void> {
  await cluster?.remove();
  cluster = undefined;
}
