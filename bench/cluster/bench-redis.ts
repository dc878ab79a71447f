/** A private Redis, and what it reports about itself. */
import { createClient } from 'redis';
import { RedisServer } from '../../packages/server/test/support/redis-server.ts';
import { findOrInstallRedis } from '../../scripts/setup/redis.ts';

/** Totals since the server started. */
interface BusReading {
  readonly cpuMicros: number;
  /** Bytes received and sent. */
  readonly bytes: number;
}

export class BenchRedis {
  readonly #server: RedisServer;

  static async start(): Promise<BenchRedis> {
    const redis = await findOrInstallRedis();
    if (redis.kind === 'missing') throw new Error(redis.reason);
    process.env['PARLEY_TEST_REDIS'] = redis.path;
    return new BenchRedis(await RedisServer.start());
  }

  private constructor(server: RedisServer) {
    this.#server = server;
  }

  get url(): string {
    return this.#server.url;
  }

  async read(): Promise<BusReading> {
    const client = createClient({ url: this.url });
    await client.connect();
    const report = `${await client.info('cpu')}\n${await client.info('stats')}`;
    await client.close();
    const readValue = (name: string): number => {
      const value = Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(report)?.[1]);
      if (Number.isNaN(value)) throw new Error(`Redis does not report ${name}`);
      return value;
    };
    const cpuSeconds = readValue('used_cpu_sys') + readValue('used_cpu_user');
    const bytes = readValue('total_net_input_bytes') + readValue('total_net_output_bytes');
    return { cpuMicros: cpuSeconds * 1_000_000, bytes };
  }

  remove(): Promise<void> {
    return this.#server.remove();
  }
}
