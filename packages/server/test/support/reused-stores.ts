/**
 * Empty stores for a contract suite. A store that a test has closed is emptied and opened for the
 * next test: threads, connections and databases of its own would take most of a test's time.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after } from 'node:test';
import type { RelationalStore } from '../../src/ports/relational-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { openTestStore as openPostgresStore } from './postgres-store.ts';
import { TestDatabases } from './test-database.ts';

/** A database with a connection of the test's own, which deletes what was added since it opened. */
interface Emptier {
  empty(): void | Promise<void>;
  close(): void | Promise<void>;
}

/** Call it where tests are declared: the stores are closed after them. */
function reusedStores<S extends Store>(
  open: () => Promise<{ readonly store: S; readonly emptier: Emptier }>,
): () => Promise<S> {
  type Opened = Awaited<ReturnType<typeof open>>;
  const idle: Opened[] = [];
  const end = async ({ store, emptier }: Opened): Promise<void> => {
    await emptier.close();
    await store.close();
  };
  const empty = async ({ store, emptier }: Opened): Promise<void> => {
    // After all writes that the test has begun.
    await store.log.probe();
    await emptier.empty();
  };
  after(() => Promise.all(idle.splice(0).map(end)));
  return async () => {
    const opened = idle.pop() ?? (await open());
    const close = async (): Promise<void> => {
      try {
        await empty(opened);
        idle.push(opened);
      } catch (error) {
        await end(opened);
        throw error;
      }
    };
    return { ...opened.store, close };
  };
}

/** @param parent The directory for the stores' directories. */
export function reusedSqliteStores<S extends Store>(
  parent: string,
  openStore: (directory: string) => Promise<S>,
): () => Promise<S> {
  return reusedStores(async () => {
    const directory = mkdtempSync(join(parent, 'reused-'));
    const store = await openStore(directory);
    return { store, emptier: sqliteEmptier(directory) };
  });
}

/** @param createDatabase Returns the URL of a database that has the schema. */
export function reusedPostgresStores(
  createDatabase: () => Promise<string>,
): () => Promise<RelationalStore> {
  return reusedStores(async () => {
    const url = await createDatabase();
    const store: RelationalStore = await openPostgresStore(url);
    return { store, emptier: await postgresEmptier(url) };
  });
}

function sqliteEmptier(directory: string): Emptier {
  const options = { timeout: 5000, enableForeignKeyConstraints: false };
  const database = new DatabaseSync(join(directory, 'parley.db'), options);
  database.exec('PRAGMA synchronous = OFF');
  const tables = database
    // Without virtual tables and theirs: triggers write them.
    .prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name <> 'sqlite_schema'",
    )
    .all()
    .map(({ name }) => String(name));
  for (const name of tables) {
    database.exec(`CREATE TEMP TABLE first_${name} AS SELECT * FROM main.${name}`);
  }
  const deletions = tables.map((name) => `DELETE FROM main.${name};`).join('');
  const insertions = tables.map((name) => `INSERT INTO main.${name} SELECT * FROM first_${name};`);
  return {
    // Deletes twice: triggers insert into tables that are empty by then.
    empty: () =>
      database.exec(`BEGIN IMMEDIATE; ${deletions} ${deletions} ${insertions.join('')} COMMIT`),
    close: () => database.close(),
  };
}

async function postgresEmptier(url: string): Promise<Emptier> {
  const database = await TestDatabases.open(url);
  const tables = await childrenFirst(database);
  for (const name of tables) {
    await database.query(`CREATE TEMP TABLE first_${name} AS SELECT * FROM public.${name}`);
  }
  // TRUNCATE takes a hundred times as long: it makes new files.
  const deletions = tables.map((name) => `DELETE FROM public.${name};`).join('');
  const insertions = tables
    .toReversed()
    .map((name) => `INSERT INTO public.${name} OVERRIDING SYSTEM VALUE TABLE first_${name};`);
  const restart = `PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
                   FROM pg_sequences WHERE schemaname = 'public';`;
  // In a function, whose statements are planned once. Deletes twice, as above.
  await database.query(
    `CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS $$
       BEGIN ${deletions + deletions + restart + insertions.join('')} END $$`,
  );
  return {
    empty: async () => void (await database.query('SELECT pg_temp.empty()')),
    close: () => database.close(),
  };
}

/** All tables, each before those that it refers to. */
async function childrenFirst(database: TestDatabases): Promise<readonly string[]> {
  const tables = await database.query<{ name: string; parents: string[] }>(
    `SELECT t.relname AS name,
            array(SELECT p.relname::text FROM pg_constraint c JOIN pg_class p ON p.oid = c.confrelid
                  WHERE c.conrelid = t.oid AND c.contype = 'f' AND p.oid <> t.oid) AS parents
     FROM pg_class t WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r'`,
  );
  const parentsOf = new Map(tables.map(({ name, parents }) => [name, parents]));
  const parentsFirst = new Set<string>();
  const add = (name: string): void => {
    for (const parent of parentsOf.get(name) ?? []) add(parent);
    parentsFirst.add(name);
  };
  for (const { name } of tables) add(name);
  return [...parentsFirst].toReversed();
}
