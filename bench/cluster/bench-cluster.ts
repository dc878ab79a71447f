/** Nodes of Parley on one PostgreSQL that flushes and one Redis, over a store filled before. */
import pg from 'pg';
import { addPeople, addRoom, TestBed } from '../chat/test-bed.ts';
import { boundCommand } from '../harness/cores.ts';
import type { Member } from '../socketio/load.ts';
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

export class BenchCluster {
  readonly redis: BenchRedis;
  readonly #bed: TestBed;
  #postmaster = 0;

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
    return this.#bed.fill(async (store) => {
      const people = await addPeople(store, memberCount);
      const perRoom = memberCount / roomCount;
      const members: Member[] = [];
      for (let room = 0; room < roomCount; room += 1) {
        const some = people.slice(room * perRoom, (room + 1) * perRoom);
        const roomId = await addRoom(store, `room-${room}`, some);
        members.push(...some.map(({ token }) => ({ token, roomId })));
      }
      return members;
    });
  }

  /** Starts nodes, all bound to the core of the server; resolves to their addresses. */
  async serve(nodeCount: number): Promise<readonly string[]> {
    const settings = { ...SETTINGS, REDIS_URL: this.redis.url };
    const urls: string[] = [];
    for (let node = 0; node < nodeCount; node += 1) {
      urls.push(await this.#bed.serve(settings, { launcher: boundCommand('server', []) }));
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

  /** Kills a node at once. */
  async killNode(index: number): Promise<void> {
    await this.#bed.servers[index]?.kill();
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
