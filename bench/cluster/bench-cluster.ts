/** Nodes of Parley on one PostgreSQL that flushes and one Redis, over a store filled before. */
import pg from 'pg';
import { findFreePort } from '../../tests/support/parley-process.ts';
import { addMembers, type Member, TestBed } from '../chat/test-bed.ts';
import { boundCommand } from '../harness/cores.ts';
import { readFamilyCpuMicros, readProcess } from '../socketio/process-reading.ts';
import { BenchRedis } from './bench-redis.ts';

/** CPU time used so far. */
export interface ClusterCpu {
  readonly nodes: number;
  /** PostgreSQL with all its processes; `undefined` if nothing is stored. */
  readonly store?: number;
  readonly bus: number;
}

const SETTINGS = {
  SESSION_SECRET: 'the secret of the cookies',
  JWT_SECRET: 'the secret of the tokens of this cluster',
  TRUST_PROXY: '127.0.0.1',
};

class BenchCluster {
  readonly redis: BenchRedis;
  readonly #bed: TestBed;
  #postmaster = 0;
  readonly #nodeSettings: Readonly<Record<string, string>>[] = [];

  static async open(): Promise<BenchCluster> {
    const redis = await BenchRedis.start();
    try {
      return new BenchCluster(redis, await TestBed.open('postgres'));
    } catch (error) {
      await redis.remove();
      throw error;
    }
  }

  private constructor(redis: BenchRedis, bed: TestBed) {
    this.redis = redis;
    this.#bed = bed;
  }

  /** Creates rooms with the same number of members each, and returns the members room by room. */
  addMembers(memberCount: number, roomCount: number): Promise<Member[]> {
    return this.#bed.fill((store) => addMembers(store, memberCount, roomCount));
  }

  /** Starts nodes, all bound to the core of the server; resolves to their addresses. */
  async serve(
    nodeCount: number,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<readonly string[]> {
    const urls: string[] = [];
    for (let node = 0; node < nodeCount; node += 1) {
      const own = { ...SETTINGS, REDIS_URL: this.redis.url, PORT: await findFreePort() };
      this.#nodeSettings.push({ ...own, ...settings });
      urls.push(await this.#startNode(node));
    }
    this.#postmaster = await findPostmaster(this.#bed.databaseUrl);
    return urls;
  }

  async readCpu(): Promise<ClusterCpu> {
    const ofNodes = this.#bed.servers.map(({ pid }) => readProcess(pid).cpuMicros);
    return {
      nodes: ofNodes.reduce((sum, each) => sum + each, 0),
      store: readFamilyCpuMicros(this.#postmaster),
      bus: (await this.redis.read()).cpuMicros,
    };
  }

  /** Process ids of the nodes. */
  get pids(): readonly number[] {
    return this.#bed.servers.map(({ pid }) => pid);
  }

  /** Kills a node at once. */
  async killNode(index: number): Promise<void> {
    await this.#bed.servers[index]?.kill();
  }

  /** Kills a node at once, and starts it at the same address. */
  async restartNode(index: number): Promise<void> {
    await this.killNode(index);
    await this.#startNode(index);
  }

  #startNode(index: number): Promise<string> {
    return this.#bed.serve(this.#nodeSettings[index], { launcher: boundCommand('server', []) });
  }

  async close(): Promise<void> {
    await this.#bed.close();
    await this.redis.remove();
  }
}

/** Uses a cluster, and ends it whether or not an error occurred. */
export async function withCluster<T>(use: (cluster: BenchCluster) => Promise<T>): Promise<T> {
  const cluster = await BenchCluster.open();
  try {
    return await use(cluster);
  } finally {
    await cluster.close();
  }
}

async function findPostmaster(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ file: string }>(
    `SELECT pg_read_file('postmaster.pid') AS file`,
  );
  await client.end();
  // The first line is the process id.
  return Number.parseInt(rows[0]?.file ?? '', 10);
}
