/**
 * Databases for the tests of one file, on the PostgreSQL that `npm test` found
 * (`TEST_DATABASE_URL`) or started.
 */
import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { MIGRATIONS } from '../../src/stores/postgres/migrations.ts';
import { migratePostgres } from '../../src/stores/postgres/store.ts';

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

/** Advisory lock of whoever makes the template; an arbitrary number. */
const TEMPLATE_KEY = 0x7061_7274;

export class TestDatabases {
  readonly #server: string;
  readonly #client: pg.Client;
  /** Takes half the time of logging each page, the default from PostgreSQL 15 on. */
  readonly #strategy: string;
  readonly #names: string[] = [];
  #template: Promise<string> | undefined;

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

  /**
   * Returns the URL of a new database: a copy of an unused one, or one with the schema, as if
   * migrated and never served. The copy takes a tenth of the time of the migrations.
   */
  async create(original?: string): Promise<string> {
    if (original !== undefined) return this.#copy(new URL(original).pathname.slice(1));
    this.#template ??= this.#findTemplate();
    return this.#copy(await this.#template);
  }

  /** Like `create`, without a schema, and with this encoding. */
  createEmpty(encoding = 'UTF8'): Promise<string> {
    return this.#create(`TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`);
  }

  #copy(name: string): Promise<string> {
    return this.#create(`TEMPLATE ${name} ${this.#strategy}`);
  }

  /** Made once for each schema and server. It stays there, and gets its name when it is complete. */
  async #findTemplate(): Promise<string> {
    const digest = createHash('sha256').update(JSON.stringify(MIGRATIONS)).digest('hex');
    const name = `parley_template_${digest.slice(0, 16)}`;
    await this.#client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_KEY]);
    const there = await this.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (there.length === 0) {
      const url = await this.createEmpty();
      await migratePostgres(url);
      await this.#client.query(
        `ALTER DATABASE ${new URL(url).pathname.slice(1)} RENAME TO ${name}`,
      );
    }
    await this.#client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_KEY]);
    return name;
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
