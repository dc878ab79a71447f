/**
 * Three server processes on a real PostgreSQL with a standby and a real Redis, each behind proxies
 * of its own, so that every part and every connection between them can fail alone.
 */
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { PostgresServer } from '../../packages/server/test/support/postgres-server.ts';
import { RedisServer } from '../../packages/server/test/support/redis-server.ts';
import { TcpProxy } from '../../packages/server/test/support/tcp-proxy.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { TestDatabases } from '../../packages/server/test/support/test-database.ts';
import { ParleyProcess } from '../support/parley-process.ts';

const NODES = 3;
const DATABASE = 'parley';

export class FaultyNode {
  readonly url: string;
  readonly redis: TcpProxy;
  readonly postgres: TcpProxy;
  readonly #settings: Parameters<typeof ParleyProcess.start>[0];
  #process: ParleyProcess | undefined;

  constructor(options: {
    readonly port: number;
    readonly redis: TcpProxy;
    readonly postgres: TcpProxy;
    readonly databaseUrl: string;
  }) {
    const { port, redis, postgres } = options;
    this.url = `http://127.0.0.1:${port}`;
    this.redis = redis;
    this.postgres = postgres;
    const database = new URL(options.databaseUrl);
    database.port = String(postgres.port);
    this.#settings = {
      DATA_DIR: temporaryDirectory(),
      PORT: String(port),
      DATABASE_URL: database.href,
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
      SESSION_SECRET: 'the secret of the cookies',
      JWT_SECRET: 'the secret of the tokens of this cluster',
      MESSAGE_RATE_MAX: '0',
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

  thaw(): void {
    if (this.#process !== undefined) process.kill(this.#process.pid, 'SIGCONT');
  }

  async close(): Promise<void> {
    this.thaw();
    await this.kill();
    await this.redis.close();
    await this.postgres.close();
  }
}

export class FaultyCluster {
  readonly nodes: readonly FaultyNode[];
  readonly redis: RedisServer;
  readonly #standby: PostgresServer;
  #primary: PostgresServer;
  #isPromoted = false;

  static async start(): Promise<FaultyCluster> {
    const primary = await PostgresServer.start();
    const admin = await TestDatabases.open(primary.url);
    await admin.query(`CREATE DATABASE ${DATABASE}`);
    await admin.close();
    const databaseUrl = new URL(`/${DATABASE}`, primary.url).href;
    await primary.stop();
    const primaryPort = Number(new URL(primary.url).port);
    const standby = await PostgresServer.startStandby(primary, primaryPort);
    // An acknowledged commit is on both: a promotion loses none.
    await primary.start({ synchronous_standby_names: '*' });
    const redis = await RedisServer.start();
    const nodes: FaultyNode[] = [];
    for (let index = 0; index < NODES; index += 1) {
      const node = new FaultyNode({
        port: await findFreePort(),
        redis: await TcpProxy.start({ host: '127.0.0.1', port: redis.port }),
        postgres: await TcpProxy.start({ host: '127.0.0.1', port: primaryPort }),
        databaseUrl,
      });
      await node.start();
      nodes.push(node);
    }
    return new FaultyCluster({ primary, standby, redis, nodes });
  }

  private constructor(options: {
    readonly primary: PostgresServer;
    readonly standby: PostgresServer;
    readonly redis: RedisServer;
    readonly nodes: readonly FaultyNode[];
  }) {
    this.#primary = options.primary;
    this.#standby = options.standby;
    this.redis = options.redis;
    this.nodes = options.nodes;
  }

  /** The server that has the database. */
  get postgres(): PostgresServer {
    return this.#primary;
  }

  get isPromoted(): boolean {
    return this.#isPromoted;
  }

  /** The primary dies, and the standby takes its place. */
  async promote(): Promise<void> {
    const [former, standby] = [this.#primary, this.#standby];
    await former.kill();
    const admin = await TestDatabases.open(standby.url);
    await admin.query('SELECT pg_promote()');
    await admin.close();
    const port = Number(new URL(standby.url).port);
    for (const { postgres } of this.nodes) postgres.redirect({ host: '127.0.0.1', port });
    this.#primary = standby;
    this.#isPromoted = true;
    await former.remove();
  }

  async close(): Promise<void> {
    for (const node of this.nodes) await node.close();
    if (!this.#isPromoted) await this.#primary.remove();
    await this.#standby.remove();
    await this.redis.remove();
  }
}
