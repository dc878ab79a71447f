/** A private, empty Redis on a free port, removed when this process ends. */
import { findFreePort } from './free-port.ts';
import { KeeperProcess } from './keeper-process.ts';
import type { RedisOrder } from './redis-keeper.ts';

/** Reason why tests with Redis cannot run here; false if they can. With `CI` set they must run. */
export function redisSkip(): string | false {
  if (process.env['PARLEY_TEST_REDIS'] !== undefined || process.env['CI'] !== undefined)
    return false;
  return process.env['PARLEY_TEST_REDIS_MISSING'] ?? "run by 'npm test', which finds a Redis";
}

export class RedisServer {
  readonly #keeper = new KeeperProcess<RedisOrder>('redis-keeper.ts');
  readonly #path: string;
  readonly #port: number;
  readonly #options: readonly string[];

  /** @param options Further options, such as `--requirepass`, for a server on this port. */
  static async start(
    options: (port: number) => readonly string[] = () => [],
  ): Promise<RedisServer> {
    const path = process.env['PARLEY_TEST_REDIS'];
    if (path === undefined) {
      throw new Error(process.env['PARLEY_TEST_REDIS_MISSING'] ?? 'There is no Redis');
    }
    const port = await findFreePort();
    const server = new RedisServer(path, port, options(port));
    await server.start();
    return server;
  }

  private constructor(path: string, port: number, options: readonly string[]) {
    this.#path = path;
    this.#options = options;
    this.#port = port;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Restarts on the same port, empty. */
  start(): Promise<void> {
    return this.#order('start');
  }

  /** Kills immediately: connections are closed and the data is lost. */
  stop(): Promise<void> {
    return this.#order('stop');
  }

  /** Suspends it: it stays connected, but answers nothing until it thaws. */
  freeze(): Promise<void> {
    return this.#order('freeze');
  }

  thaw(): Promise<void> {
    return this.#order('thaw');
  }

  /** Removes the server. */
  remove(): Promise<void> {
    return this.#keeper.remove();
  }

  #order(what: RedisOrder['do']): Promise<void> {
    const [path, port, options] = [this.#path, this.#port, this.#options];
    return this.#keeper.order({ do: what, path, port, options });
  }
}
