/**
 * Private Apache Cassandra nodes, removed when this process ends.
 *
 * The jars come from Maven Central once and are kept in the user's Maven repository; Java 17 runs
 * them. Each node has its own loopback address.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'cassandra-driver';
import type { CassandraOrder } from './cassandra-keeper.ts';
import { findFreePort } from './free-port.ts';
import { KeeperProcess } from './keeper-process.ts';
import { until } from './wait.ts';

const VERSION = '5.0.9';
const DOWNLOAD_TIMEOUT_MS = 180_000;

/** First tokens of three nodes that share the ring evenly. */
const TOKENS = ['-9223372036854775808', '-3074457345618258603', '3074457345618258602'];

/** Reason why tests with Cassandra cannot run here; false if they can. */
export function cassandraSkip(): string | false {
  try {
    findClassPath();
    return false;
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    return `Cassandra needs Java 17 and Maven: ${(error as Error).message.split('\n')[0]}`;
  }
}

export class CassandraCluster {
  readonly #nodes: CassandraNode[];
  readonly port: number;

  /** @param commitlogMiB Size from which tables are flushed to files. */
  static async start(
    size: 1 | 3 = 1,
    commitlogSync: 'batch' | 'periodic' = 'batch',
    commitlogMiB = 64,
  ): Promise<CassandraCluster> {
    const classPath = findClassPath();
    const [port, storagePort] = [await findFreePort(), await findFreePort()];
    const nodes = TOKENS.slice(0, size).map((token, index) => {
      const address = `127.0.0.${index + 1}`;
      const peers = TOKENS.slice(0, size).map((_, peer) => `127.0.0.${peer + 1}`);
      return new CassandraNode({
        address,
        peers,
        token,
        port,
        storagePort,
        classPath,
        commitlogSync,
        commitlogMiB,
      });
    });
    const cluster = new CassandraCluster(nodes, port);
    await Promise.all(nodes.map((node) => node.start()));
    if (size > 1) await cluster.#untilComplete();
    return cluster;
  }

  private constructor(nodes: CassandraNode[], port: number) {
    this.#nodes = nodes;
    this.port = port;
  }

  node(index: number): CassandraNode {
    const node = this.#nodes[index];
    if (node === undefined) throw new Error(`There is no node ${index}`);
    return node;
  }

  url(keyspace: string): string {
    const hosts = this.#nodes.map(({ address }) => `${address}:${this.port}`);
    return `cassandra://${hosts.join(',')}/${keyspace}?datacenter=datacenter1`;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.remove()));
  }

  /** Waits until the nodes know each other: a new keyspace gets as many copies as there are nodes. */
  async #untilComplete(): Promise<void> {
    const client = new Client({
      contactPoints: [`${this.node(0).address}:${this.port}`],
      localDataCenter: 'datacenter1',
    });
    const countPeers = async () =>
      (await client.execute('SELECT peer FROM system.peers_v2')).rowLength;
    await until(
      async () => (await countPeers()) === this.#nodes.length - 1,
      'all nodes to be known',
    );
    await client.shutdown();
  }
}

class CassandraNode {
  readonly address: string;
  readonly #keeper: KeeperProcess<CassandraOrder>;

  constructor(options: {
    readonly address: string;
    readonly peers: readonly string[];
    readonly token: string;
    readonly port: number;
    readonly storagePort: number;
    readonly classPath: string;
    readonly commitlogSync: string;
    readonly commitlogMiB: number;
  }) {
    this.address = options.address;
    const directory = mkdtempSync(join(tmpdir(), 'parley-cassandra-'));
    writeFileSync(join(directory, 'cassandra.yaml'), configuration(directory, options));
    const { classPath } = options;
    this.#keeper = new KeeperProcess('cassandra-keeper.ts', [
      directory,
      options.address,
      String(options.port),
      classPath,
    ]);
  }

  /** Starts the node, with the data that it had. */
  start(): Promise<void> {
    return this.#keeper.order('start');
  }

  kill(): Promise<void> {
    return this.#keeper.order('kill');
  }

  /** Suspends it: it stays connected, but answers nothing until it thaws. */
  freeze(): Promise<void> {
    return this.#keeper.order('freeze');
  }

  thaw(): Promise<void> {
    return this.#keeper.order('thaw');
  }

  remove(): Promise<void> {
    return this.#keeper.remove();
  }
}

function findClassPath(): string {
  const directory = join(tmpdir(), `parley-cassandra-${VERSION}-jars`);
  const file = join(directory, 'classpath');
  if (existsSync(file)) return readFileSync(file, 'utf8');
  execFileSync('java', ['-version'], { stdio: 'pipe' });
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
     <groupId>parley</groupId><artifactId>test-cassandra</artifactId><version>1</version><packaging>pom</packaging>
     <dependencies><dependency><groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId>
     <version>${VERSION}</version></dependency></dependencies></project>`,
  );
  const goal = ['dependency:build-classpath', `-Dmdep.outputFile=${file}`];
  execFileSync('mvn', ['-B', '-ntp', '-q', ...goal], {
    cwd: directory,
    stdio: 'pipe',
    timeout: DOWNLOAD_TIMEOUT_MS,
  });
  return readFileSync(file, 'utf8');
}

function configuration(
  directory: string,
  node: {
    readonly address: string;
    readonly peers: readonly string[];
    readonly token: string;
    readonly port: number;
    readonly storagePort: number;
    readonly commitlogSync: string;
    readonly commitlogMiB: number;
  },
): string {
  const seeds = node.peers.map((peer) => `${peer}:${node.storagePort}`).join(',');
  return `cluster_name: parley-test
num_tokens: 1
initial_token: ${node.token}
auto_bootstrap: false
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
listen_address: ${node.address}
rpc_address: ${node.address}
storage_port: ${node.storagePort}
native_transport_port: ${node.port}
start_native_transport: true
seed_provider: [ { class_name: org.apache.cassandra.locator.SimpleSeedProvider, parameters: [ { seeds: "${seeds}" } ] } ]
commitlog_sync: ${node.commitlogSync}
${node.commitlogSync === 'periodic' ? 'commitlog_sync_period: 10000ms' : ''}
commitlog_segment_size: 8MiB
commitlog_total_space: ${node.commitlogMiB}MiB
commitlog_directory: ${directory}/commitlog
commitlog_disk_access_mode: auto
data_file_directories: [ ${directory}/data ]
saved_caches_directory: ${directory}/caches
hints_directory: ${directory}/hints
memtable_allocation_type: heap_buffers
disk_access_mode: standard
auto_snapshot: false
paxos_variant: v2
concurrent_writes: ${8 * availableParallelism()}
native_transport_max_threads: ${16 * availableParallelism()}
`;
}
