/** A private Redis Cluster of three servers, which share the slots, without replicas. */
import { createClient } from 'redis';
import { findFreePort } from './free-port.ts';
import { RedisServer } from './redis-server.ts';
import { until } from './wait.ts';

/** First and last slots of the servers. */
const SLOTS = [
  { start: 0, end: 5460 },
  { start: 5461, end: 10_922 },
  { start: 10_923, end: 16_383 },
] as const;

export class RedisCluster {
  readonly servers: readonly RedisServer[];

  static async start(): Promise<RedisCluster> {
    const ports = await Promise.all(SLOTS.map(() => findFreePort()));
    const servers = await Promise.all(
      ports.map((port) =>
        RedisServer.start(() => ['--cluster-enabled', 'yes', '--cluster-port', String(port)]),
      ),
    );
    const cluster = new RedisCluster(servers);
    for (const [index, range] of SLOTS.entries()) {
      await cluster.ask(index, ['CLUSTER', 'ADDSLOTSRANGE', `${range.start}`, `${range.end}`]);
      const met = ['127.0.0.1', String(servers[0]?.port), String(ports[0])];
      if (index > 0) await cluster.ask(index, ['CLUSTER', 'MEET', ...met]);
    }
    await cluster.#untilAgreed();
    return cluster;
  }

  private constructor(servers: readonly RedisServer[]) {
    this.servers = servers;
  }

  /** The addresses of all servers, as `REDIS_URL` lists them. */
  get url(): string {
    return this.servers.map(({ url }) => url).join(',');
  }

  async ask(index: number, command: readonly string[]): Promise<string> {
    const client = createClient({ url: this.servers[index]?.url ?? '' });
    await client.connect();
    try {
      return String(await client.sendCommand([...command]));
    } finally {
      client.destroy();
    }
  }

  /** Moves one slot, whose keys are lost. */
  async moveSlot(slot: number, to: number): Promise<void> {
    const id = await this.ask(to, ['CLUSTER', 'MYID']);
    const owner = SLOTS.findIndex(({ start, end }) => slot >= start && slot <= end);
    // The new owner first, which tells the others.
    for (const index of [to, owner, ...SLOTS.keys()]) {
      await this.ask(index, ['CLUSTER', 'SETSLOT', String(slot), 'NODE', id]);
    }
  }

  async remove(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.remove()));
  }

  async #untilAgreed(): Promise<void> {
    for (const index of this.servers.keys()) {
      await until(async () => {
        const info = await this.ask(index, ['CLUSTER', 'INFO']);
        return /state:ok/.test(info) && info.includes(`known_nodes:${SLOTS.length}`);
      }, 'the Redis Cluster');
    }
  }
}
