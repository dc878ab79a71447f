/** SQLite files as older versions of Parley left them. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from '../../src/stores/sqlite/migrations/index.ts';
import { type Abilities, abilitiesOf, GENERATION, oldRows } from './old-rows.ts';

/**
 * Builds a file in a new directory below `parent`; without a journal, as after `parley restore`.
 */
export function buildOldSqlite(
  parent: string,
  version: number,
): { readonly location: string; readonly can: Abilities } {
  const location = mkdtempSync(join(parent, 'old-'));
  const can = inSqlite(location, (database) => {
    // Not flushed to disk: dozens of statements, in hundreds of files.
    database.exec('PRAGMA synchronous = OFF; BEGIN');
    for (const sql of MIGRATIONS.slice(0, version)) database.exec(sql);
    database.exec(`PRAGMA user_version = ${version}`);
    database.exec(`INSERT INTO store_meta (key, value) VALUES ('generation', '${GENERATION}')`);
    const schema = readSchema(database);
    database.exec(oldRows(schema));
    database.exec('COMMIT');
    return abilitiesOf(schema);
  });
  return { location, can };
}

/** Returns all contents of the file, and its journal mode. */
export function dumpSqlite(location: string): unknown {
  return inSqlite(location, (database) => {
    const all = (sql: string) => database.prepare(sql).all();
    const pragmas = ['user_version', 'journal_mode', 'integrity_check', 'foreign_key_check'];
    return {
      pragmas: pragmas.map((name) => all(`PRAGMA ${name}`)),
      schema: all('SELECT type, name, sql FROM sqlite_schema ORDER BY name'),
      rows: [...readSchema(database).keys()].map((table) => all(`SELECT * FROM ${table}`)),
    };
  });
}

export function inSqlite<T>(location: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(location, 'parley.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function readSchema(database: DatabaseSync): Map<string, string[]> {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const columns = database.prepare('SELECT name FROM pragma_table_info(?)');
  return new Map(
    tables.map(({ name }) => [
      String(name),
      columns.all(String(name)).map((column) => String(column['name'])),
    ]),
  );
}
