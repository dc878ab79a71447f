/** Server processes on one PostgreSQL and one Redis, as an operator runs a cluster. */
import { RedisServer } from '../../packages/server/test/support/redis-server.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { TestDatabases } from '../../packages/server/test/support/test-database.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { ParleyProcess } from '../support/parley-process.ts';

/** State of the bus in the answer of `/ready`. */
interface BusReport {
  readonly state: 'up' | 'down';
  readonly delaySecondsMax?: number;
}

export class TestCluster {
  readonly redis: RedisServer;
  readonly nodes: readonly ParleyProcess[];
  readonly #databases: TestDatabases;
  readonly #settings: Readonly<Record<string, string>>;

  /**
   * @param nodeCount None if the test starts each node itself.
   * @param over Settings of all nodes.
   * @param redisUrlOf Address of the bus for the nodes, if that is not the Redis itself.
   */
  static async start(
    nodeCount: number,
    over: Readonly<Record<string, string>> = {},
    redisUrlOf: (redis: RedisServer) => string | Promise<string> = ({ url }) => url,
  ): Promise<TestCluster> {
    const [redis, databases] = [await RedisServer.start(), await TestDatabases.open()];
    const settings = {
      REDIS_URL: await redisUrlOf(redis),
      DATABASE_URL: await databases.create(),
      DURABILITY: 'relaxed', // The test server does not flush.
      SESSION_SECRET: 'the secret of the cookies',
      JWT_SECRET: 'the secret of the tokens of this cluster',
      MESSAGE_RATE_MAX: '0',
      LOG_LEVEL: 'silent',
      FILES_DIR: temporaryDirectory(),
      ...over,
    };
    const nodes: ParleyProcess[] = [];
    // The first one migrates the schema; then the others start together.
    if (nodeCount > 0) nodes.push(await startNode(settings));
    const others = Array.from({ length: nodeCount - 1 }, () => startNode(settings));
    nodes.push(...(await Promise.all(others)));
    return new TestCluster({ redis, databases, settings, nodes });
  }

  private constructor(options: {
    readonly redis: RedisServer;
    readonly databases: TestDatabases;
    readonly settings: Readonly<Record<string, string>>;
    readonly nodes: readonly ParleyProcess[];
  }) {
    this.redis = options.redis;
    this.nodes = options.nodes;
    this.#databases = options.databases;
    this.#settings = options.settings;
  }

  /** Starts a further node, which the test stops. */
  startNode(over: Readonly<Record<string, string>> = {}): Promise<ParleyProcess> {
    return startNode({ ...this.#settings, ...over });
  }

  /** Starts a process for units, which the test stops. */
  startUnits(names: string): Promise<ParleyProcess> {
    return startNode(this.#settings, ['unit', names]);
  }

  get databaseUrl(): string {
    return this.#settings['DATABASE_URL'] ?? '';
  }

  /** Settings of a command on another machine. */
  commandSettings(): Record<string, string> {
    return { DATA_DIR: temporaryDirectory(), ...this.#settings };
  }

  urlOf(index: number): string {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`There is no node ${index}`);
    return node.url;
  }

  async busOf(index: number): Promise<BusReport> {
    // On a busy machine, the store may be slow meanwhile, which changes the status only.
    const answer = await fetch(`${this.urlOf(index)}/ready`);
    return ((await answer.json()) as { readonly bus: BusReport }).bus;
  }

  /** Waits until the bus of every node is in this state. */
  async untilBus(state: BusReport['state']): Promise<void> {
    for (const index of this.nodes.keys()) {
      await until(async () => (await this.busOf(index)).state === state, `the bus to be ${state}`);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await this.#databases.close();
    await this.redis.remove();
  }
}

function startNode(
  settings: Readonly<Record<string, string>>,
  command = ['start'],
): Promise<ParleyProcess> {
  const own = { DATA_DIR: temporaryDirectory(), PORT: '0' };
  return ParleyProcess.start({ ...own, ...settings }, { command });
}
