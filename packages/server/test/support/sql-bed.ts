/** An open store with a connection of the test's own to its database. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ArchiveSource } from '../../src/ports/archive.ts';
import type { Store } from '../../src/ports/store.ts';
import { openPostgresSource } from '../../src/stores/postgres/archive.ts';
import { openSqliteSource } from '../../src/stores/sqlite/archive.ts';
import { TestDatabases } from './test-database.ts';

export interface SqlBed {
  readonly store: Store;
  run(sql: string): Promise<void>;
  /** Returns the only value of the only row. */
  count(sql: string): Promise<number>;
  openSource(): Promise<ArchiveSource>;
  close(): Promise<void>;
}

export function sqliteBed(store: Store, directory: string): SqlBed {
  const database = new DatabaseSync(join(directory, 'parley.db'), { timeout: 5000 });
  return {
    store,
    run: async (sql) => database.exec(sql),
    count: async (sql) => Number(Object.values(database.prepare(sql).get() ?? {})[0]),
    openSource: () => openSqliteSource(directory),
    async close() {
      database.close();
      await store.close();
    },
  };
}

export async function postgresBed(store: Store, url: string): Promise<SqlBed> {
  const database = await TestDatabases.open(url);
  return {
    store,
    run: async (sql) => void (await database.query(sql)),
    count: async (sql) => Number(Object.values((await database.query(sql))[0] ?? {})[0]),
    openSource: () => openPostgresSource(url),
    async close() {
      await database.close();
      await store.close();
    },
  };
}
