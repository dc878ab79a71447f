/** The server and its database: both can be killed, or restarted from a copy. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { run } from '../../packages/server/test/support/parley-command.ts';
import { PostgresServer } from '../../packages/server/test/support/postgres-server.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { findFreePort, ParleyProcess } from '../support/parley-process.ts';

export type StoreKind = 'sqlite' | 'postgres';

type Settings = Parameters<typeof ParleyProcess.start>[0];

/** Maximum commits until SQLite's writer thread dies between a commit and its answer. */
const WRITER_COMMITS_MAX = 40;
const DYING_WRITER = pathToFileURL(
  join(import.meta.dirname, '../../packages/server/test/support/dying-writer.ts'),
).href;

export class Machine {
  readonly #postgres: PostgresServer | undefined;
  readonly #writerDeaths: string;
  #settings: Settings;
  #server: ParleyProcess;
  #copies = 0;
  /** Kills of PostgreSQL. */
  storeKills = 0;

  static async start(store: StoreKind): Promise<Machine> {
    const postgres = store === 'postgres' ? await PostgresServer.start() : undefined;
    const writerDeaths = join(temporaryDirectory(), 'deaths');
    writeFileSync(writerDeaths, '');
    const settings: Settings = {
      PORT: await findFreePort(),
      DATA_DIR: temporaryDirectory(),
      MESSAGE_RATE_MAX: '0',
      LOG_LEVEL: 'silent',
      NODE_OPTIONS: `--import ${DYING_WRITER}`,
      DYING_WRITER_COMMITS: String(WRITER_COMMITS_MAX),
      DYING_WRITER_FILE: writerDeaths,
      ...(postgres === undefined ? {} : { DATABASE_URL: postgres.url }),
    };
    return new Machine(settings, postgres, writerDeaths, await ParleyProcess.start(settings));
  }

  private constructor(
    settings: Settings,
    postgres: PostgresServer | undefined,
    writerDeaths: string,
    server: ParleyProcess,
  ) {
    this.#settings = settings;
    this.#postgres = postgres;
    this.#writerDeaths = writerDeaths;
    this.#server = server;
  }

  get url(): string {
    return this.#server.url;
  }

  /** Deaths of the writer thread. */
  get writerDeaths(): number {
    return statSync(this.#writerDeaths).size;
  }

  /** Kills one of the two, by the draw, and restarts it. */
  async crash(draw: number): Promise<void> {
    if (this.#postgres !== undefined && draw < 0.5) {
      this.storeKills += 1;
      await this.#postgres.kill();
      await this.#postgres.start();
    } else {
      await this.#server.kill();
      this.#server = await ParleyProcess.start(this.#settings);
    }
  }

  /** Copies the database at one instant, while the server runs; returns the file. */
  async copy(): Promise<string> {
    this.#copies += 1;
    const file = join(temporaryDirectory(), `copy-${this.#copies}`);
    await this.#parley(this.#postgres === undefined ? 'backup' : 'export', file);
    return file;
  }

  async kill(): Promise<void> {
    await this.#server.kill();
  }

  /** Restarts the killed server on the copy; later commits are lost. */
  async startFrom(file: string): Promise<void> {
    if (this.#postgres === undefined) {
      rmSync(this.#settings.DATA_DIR, { recursive: true });
      this.#settings = { ...this.#settings, DATA_DIR: temporaryDirectory() };
      await this.#parley('restore', file);
    } else {
      const name = `restored_${this.#copies}`;
      await createDatabase(this.#postgres.url, name);
      const url = new URL(this.#postgres.url);
      url.pathname = name;
      this.#settings = { ...this.#settings, DATABASE_URL: url.href };
      await this.#parley('import', file);
    }
    rmSync(file);
    this.#server = await ParleyProcess.start(this.#settings);
  }

  async remove(): Promise<void> {
    await this.#server.kill();
    await this.#postgres?.remove();
  }

  async #parley(command: string, file: string): Promise<void> {
    const { NODE_OPTIONS: _, ...settings } = this.#settings;
    const { code, stderr } = await run([command, file], settings);
    if (code !== 0) throw new Error(`parley ${command} failed: ${stderr}`);
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
}
