/** PostgreSQL databases as older versions of Parley left them. */
import type pg from 'pg';
import { inspectServer } from '../../src/stores/postgres/durability.ts';
import { MIGRATIONS } from '../../src/stores/postgres/migrations/index.ts';
import { type Abilities, abilitiesOf, GENERATION, oldRows, type Schema } from './old-rows.ts';

/** Fills an empty database. */
export async function fillOldPostgres(client: pg.Client, version: number): Promise<Abilities> {
  const migrations = MIGRATIONS.slice(0, version);
  for (const { sql } of migrations) await client.query(sql);
  const { identity } = await inspectServer(client, 'relaxed');
  const meta = {
    version,
    oldestReader: migrations.at(-1)?.oldestReader,
    generation: GENERATION,
    server: identity,
  };
  for (const [key, value] of Object.entries(meta)) {
    await client.query('INSERT INTO store_meta (key, value) VALUES ($1, $2)', [key, value]);
  }
  const schema = await readSchema(client);
  await client.query(oldRows(schema));
  return abilitiesOf(schema);
}

/** Returns all contents of the database. */
export async function dumpPostgres(client: pg.Client): Promise<unknown> {
  const all = async (sql: string) => (await client.query<object>(sql)).rows;
  const rows: object[][] = [];
  for (const table of (await readSchema(client)).keys()) {
    rows.push(await all(`SELECT t::text AS row FROM ${table} t ORDER BY 1`));
  }
  return {
    columns: await all(
      `SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
       FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position`,
    ),
    indexes: await all("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"),
    constraints: await all(
      `SELECT conrelid::regclass::text AS name, pg_get_constraintdef(oid) AS is FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
    ),
    rows,
  };
}

async function readSchema(client: pg.Client): Promise<Schema> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `SELECT table_name AS name, array_agg(column_name::text ORDER BY ordinal_position) AS columns
     FROM information_schema.columns WHERE table_schema = 'public' GROUP BY 1 ORDER BY 1`,
  );
  return new Map(rows.map(({ name, columns }) => [name, columns]));
}
