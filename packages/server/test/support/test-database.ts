/**
 * Databases for the tests of one file, on the PostgreSQL that `npm test` found
 * (`TEST_DATABASE_URL`) or started.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';

/**
 * Reason why tests with PostgreSQL cannot run here; false if they can. With `CI` set they must run.
 */
export function postgresSkip(): string | false {
  if (process.env['PARLEY_TEST_POSTGRES'] !== undefined) return false;
  if (process.env['CI'] !== undefined) return false;
  return (
    process.env['PARLEY_TEST_POSTGRES_MISSING'] ?? "run by 'npm test', which finds a PostgreSQL"
  );
}

export class TestDatabases {
  readonly #server: string;
  readonly #client: pg.Client;
  /** Takes half the time of logging each page, the default from PostgreSQL 15 on. */
  readonly #strategy: string;
  readonly #names: string[] = [];

  static async open(url = process.env['PARLEY_TEST_POSTGRES']): Promise<TestDatabases> {
    if (url === undefined) {
      throw new Error(process.env['PARLEY_TEST_POSTGRES_MISSING'] ?? 'There is no PostgreSQL');
    }
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query(
      "SELECT current_setting('server_version_num')::int AS version",
    );
    return new TestDatabases(url, client, rows[0].version >= 150_000 ? 'STRATEGY file_copy' : '');
  }

  private constructor(server: string, client: pg.Client, strategy: string) {
    this.#server = server;
    this.#client = client;
    this.#strategy = strategy;
  }

  /** Returns the URL of a new database: empty, or a copy of an unused one. */
  async create(template?: string): Promise<string> {
    const source = template === undefined ? 'template0' : new URL(template).pathname.slice(1);
    return this.#create(`TEMPLATE ${source} ${this.#strategy}`);
  }

  /** Like `create`, an empty one with this encoding. */
  createEncoded(encoding: string): Promise<string> {
    return this.#create(`TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`);
  }

  async #create(options: string): Promise<string> {
    const name = `parley_test_${randomBytes(6).toString('hex')}`;
    await this.#client.query(`CREATE DATABASE ${name} ${options}`);
    this.#names.push(name);
    const url = new URL(this.#server);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** Queries the server itself. */
  async query<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#client.query<Row>(sql, values)).rows;
  }

  /** Removes all created databases, even if still in use. */
  async close(): Promise<void> {
    for (const name of this.#names) {
      await this.#client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
    await this.#client.end();
  }
}
