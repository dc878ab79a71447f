/** A private PostgreSQL on a free port with its own data, removed when this process ends. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Order, Report } from './postgres-keeper.ts';

export class PostgresServer {
  readonly #keeper: ChildProcess;
  readonly #settings: Readonly<Record<string, string>>;
  #port = 0;
  #data = '';

  /**
   * Starts a standby with the data of a stopped server, which it receives changes from through this
   * port.
   */
  static async startStandby(primary: PostgresServer, port: number): Promise<PostgresServer> {
    const standby = new PostgresServer({
      primary_conninfo: `host=127.0.0.1 port=${port} user=postgres`,
      wal_retrieve_retry_interval: '100ms',
    });
    await standby.start({}, primary.#data);
    return standby;
  }

  /**
   * Starts with settings such as `{fsync: 'off'}`. @throws Error with the reason why it cannot
   * start.
   */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
    const server = new PostgresServer(settings);
    try {
      await server.start();
    } catch (error) {
      server.#keeper.disconnect();
      throw error;
    }
    return server;
  }

  private constructor(settings: Readonly<Record<string, string>>) {
    this.#settings = settings;
    this.#keeper = fork(join(import.meta.dirname, 'postgres-keeper.ts'), [], { execArgv: [] });
    // Does not keep this process alive: the keeper ends with it.
    this.#keeper.unref();
    this.#keeper.channel?.unref();
  }

  /** URL of the server's default database. */
  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.#port}/postgres`;
  }

  /** Restarts on the same port with the same data. */
  async start(over: Readonly<Record<string, string>> = {}, standbyOf?: string): Promise<void> {
    const settings = { ...this.#settings, ...over };
    await this.#order({ do: 'start', settings, ...(standbyOf && { standbyOf }) });
  }

  /** Stops regularly; connections are closed. */
  async stop(): Promise<void> {
    await this.#order({ do: 'stop' });
  }

  /** Kills immediately: nothing more is written, and the next start recovers from the log. */
  async kill(): Promise<void> {
    await this.#order({ do: 'kill' });
  }

  /** Suspends all processes of the server: connections stay, and nothing is answered. */
  async freeze(): Promise<void> {
    await this.#order({ do: 'freeze' });
  }

  async thaw(): Promise<void> {
    await this.#order({ do: 'thaw' });
  }

  /** Removes the server with its data. */
  async remove(): Promise<void> {
    const gone = once(this.#keeper, 'exit');
    this.#keeper.ref();
    this.#keeper.disconnect();
    await gone;
  }

  async #order(order: Order): Promise<void> {
    this.#keeper.ref();
    this.#keeper.channel?.ref();
    const answered = new AbortController();
    const either = ['message', 'exit'].map((event) =>
      once(this.#keeper, event, { signal: answered.signal }),
    );
    this.#keeper.send(order);
    const [report] = (await Promise.race(either)) as [Report | number | null];
    answered.abort();
    await Promise.allSettled(either);
    this.#keeper.unref();
    this.#keeper.channel?.unref();
    if (report === null || typeof report === 'number')
      throw new Error('The keeper of PostgreSQL has ended');
    if (report.kind === 'failed') throw new Error(report.reason);
    this.#port = report.port;
    this.#data = report.data;
  }
}
