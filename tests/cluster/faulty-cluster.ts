/**
 * Three server processes on a real PostgreSQL with a standby and a real Redis, perhaps with messages
 * in a real Cassandra. Each process reaches each server through a proxy of its own, so that every
 * part and every connection between them can fail alone.
 */
import { CassandraCluster } from '../../packages/server/test/support/cassandra-server.ts';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { PostgresServer } from '../../packages/server/test/support/postgres-server.ts';
import { RedisServer } from '../../packages/server/test/support/redis-server.ts';
import { TcpProxy } from '../../packages/server/test/support/tcp-proxy.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { TestDatabases } from '../../packages/server/test/support/test-database.ts';
import { ParleyProcess } from '../support/parley-process.ts';

const NODES = 3;
const DATABASE = 'parley';
const KEYSPACE = 'parley_faults';
const HOST = '127.0.0.1';

export type ServerName = 'PostgreSQL' | 'Redis' | 'Cassandra';

/** A server that the nodes use. */
export interface FaultyServer {
  kill(): Promise<void>;
  /** Starts after a kill. */
  start(): Promise<void>;
  /** Suspends it: it stays connected, but answers nothing until it thaws. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

export class FaultyNode {
  readonly url: string;
  readonly proxies: ReadonlyMap<ServerName, TcpProxy>;
  readonly #settings: Parameters<typeof ParleyProcess.start>[0];
  #process: ParleyProcess | undefined;

  constructor(port: number, proxies: ReadonlyMap<ServerName, TcpProxy>) {
    this.url = `http://${HOST}:${port}`;
    this.proxies = proxies;
    const address = (name: ServerName) => `${HOST}:${proxies.get(name)?.port}`;
    this.#settings = {
      DATA_DIR: temporaryDirectory(),
      PORT: String(port),
      DATABASE_URL: `postgres://postgres@${address('PostgreSQL')}/${DATABASE}`,
      REDIS_URL: `redis://${address('Redis')}`,
      ...(proxies.has('Cassandra') && {
        CASSANDRA_URL: `cassandra://${address('Cassandra')}/${KEYSPACE}?datacenter=datacenter1`,
      }),
      SESSION_SECRET: 'the secret of the cookies',
      JWT_SECRET: 'the secret of the tokens of this cluster',
      MESSAGE_RATE_MAX: '0',
      USER_CREATION_RATE_MAX: '0',
      FIRST_ACCOUNT: 'owner',
      LOG_LEVEL: 'silent',
    };
  }

  async start(): Promise<void> {
    this.#process = await ParleyProcess.start(this.#settings);
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Stops all that it does, as an overloaded machine may: it keeps its connections. */
  freeze(): void {
    if (this.#process !== undefined) process.kill(this.#process.pid, 'SIGSTOP');
  }

  /** Does nothing if it has ended: the clients tell what that causes. */
  thaw(): void {
    if (this.#process?.isRunning === true) process.kill(this.#process.pid, 'SIGCONT');
  }

  async close(): Promise<void> {
    this.thaw();
    await this.kill();
    for (const proxy of this.proxies.values()) await proxy.close();
  }
}

export class FaultyCluster {
  readonly nodes: readonly FaultyNode[];
  readonly servers: ReadonlyMap<ServerName, FaultyServer>;
  readonly redis: RedisServer;
  readonly #postgres: PostgresPair;
  readonly #cassandra: CassandraCluster | undefined;

  static async start({ withCassandra = false } = {}): Promise<FaultyCluster> {
    const postgres = await PostgresPair.start();
    const redis = await RedisServer.start();
    const cassandra = withCassandra ? await CassandraCluster.start() : undefined;
    const ports: [ServerName, number][] = [
      ['PostgreSQL', postgres.port],
      ['Redis', redis.port],
    ];
    if (cassandra !== undefined) ports.push(['Cassandra', cassandra.port]);
    const nodes: FaultyNode[] = [];
    for (let index = 0; index < NODES; index += 1) {
      const proxies = new Map<ServerName, TcpProxy>();
      for (const [name, port] of ports)
        proxies.set(name, await TcpProxy.start({ host: HOST, port }));
      const node = new FaultyNode(await findFreePort(), proxies);
      await node.start();
      nodes.push(node);
    }
    return new FaultyCluster({ postgres, redis, cassandra, nodes });
  }

  private constructor(options: {
    readonly postgres: PostgresPair;
    readonly redis: RedisServer;
    readonly cassandra: CassandraCluster | undefined;
    readonly nodes: readonly FaultyNode[];
  }) {
    const { postgres, redis, cassandra, nodes } = options;
    this.#postgres = postgres;
    this.#cassandra = cassandra;
    this.redis = redis;
    this.nodes = nodes;
    const servers = new Map<ServerName, FaultyServer>([
      ['PostgreSQL', postgres],
      [
        'Redis',
        {
          kill: () => redis.stop(),
          start: () => redis.start(),
          freeze: () => redis.freeze(),
          thaw: () => redis.thaw(),
        },
      ],
    ]);
    if (cassandra !== undefined) servers.set('Cassandra', cassandra.node(0));
    this.servers = servers;
  }

  /** How many of these rooms have rows, if only of what is deleted in steps. */
  async countRooms(roomIds: readonly string[]): Promise<number> {
    const url = new URL(this.#postgres.url);
    url.pathname = `/${DATABASE}`;
    const database = await TestDatabases.open(url.href);
    try {
      const sql = 'SELECT count(*)::int AS count FROM rooms WHERE id = ANY($1)';
      const [row] = await database.query<{ count: number }>(sql, [roomIds]);
      return row?.count ?? 0;
    } finally {
      await database.close();
    }
  }

  /** The primary of PostgreSQL dies, and its standby takes its place. */
  async promoteStandby(): Promise<void> {
    await this.#postgres.promote();
    const to = { host: HOST, port: this.#postgres.port };
    for (const { proxies } of this.nodes) proxies.get('PostgreSQL')?.redirect(to);
  }

  /** Gives PostgreSQL a standby again after a promotion. */
  async renewStandby(): Promise<void> {
    await this.#postgres.renewStandby();
  }

  async close(): Promise<void> {
    for (const node of this.nodes) await node.close();
    await this.#postgres.remove();
    await this.redis.remove();
    await this.#cassandra?.remove();
  }
}

/** A PostgreSQL whose commits are acknowledged when they are on its standby too. */
class PostgresPair implements FaultyServer {
  #primary: PostgresServer;
  /** Undefined after its promotion. */
  #standby: PostgresServer | undefined;

  static async start(): Promise<PostgresPair> {
    const primary = await PostgresServer.start();
    const admin = await TestDatabases.open(primary.url);
    await admin.query(`CREATE DATABASE ${DATABASE}`);
    await admin.close();
    const pair = new PostgresPair(primary);
    await pair.renewStandby();
    return pair;
  }

  private constructor(primary: PostgresServer) {
    this.#primary = primary;
  }

  get url(): string {
    return this.#primary.url;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  kill(): Promise<void> {
    return this.#primary.kill();
  }

  start(): Promise<void> {
    // A promotion loses no acknowledged commit.
    const settings = this.#standby === undefined ? {} : { synchronous_standby_names: '*' };
    return this.#primary.start(settings);
  }

  freeze(): Promise<void> {
    return this.#primary.freeze();
  }

  thaw(): Promise<void> {
    return this.#primary.thaw();
  }

  async promote(): Promise<void> {
    const [former, standby] = [this.#primary, this.#standby];
    if (standby === undefined) throw new Error('There is no standby');
    await former.kill();
    const admin = await TestDatabases.open(standby.url);
    await admin.query('SELECT pg_promote()');
    await admin.close();
    this.#primary = standby;
    this.#standby = undefined;
    await former.remove();
  }

  async renewStandby(): Promise<void> {
    if (this.#standby !== undefined) return;
    const { port } = this;
    await this.#primary.stop();
    this.#standby = await PostgresServer.startStandby(this.#primary, port);
    await this.start();
  }

  async remove(): Promise<void> {
    await this.#primary.remove();
    await this.#standby?.remove();
  }
}
