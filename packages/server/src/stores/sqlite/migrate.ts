/** Migrates an SQLite file to the schema that this version of Parley uses. */
import { StoreUnusable } from '../../ports/store.ts';
import { deleteNote, readNote, writeGeneration } from '../sql/store-notes.ts';
import type { Database } from './database.ts';
import { MIGRATIONS } from './migrations.ts';
import { runNow } from './run-now.ts';

/**
 * Runs the missing migrations, each in its own transaction, so that an interrupted one leaves the
 * previous version intact and runs again.
 *
 * @param migrations All versions; tests append a later one.
 * @returns the versions before and after.
 * @throws {StoreUnusable} when the schema is of a newer Parley.
 */
export function migrate(
  database: Database,
  migrations = MIGRATIONS,
): { readonly from: number; readonly to: number } {
  const present = readVersion(database, { newest: migrations.length });
  for (const [index, sql] of migrations.entries()) {
    if (index < present) continue;
    database.transaction(() => {
      database.exec(sql);
      // The file's version number is part of the transaction.
      database.exec(`PRAGMA user_version = ${index + 1}`);
      if (index === 0) runNow(database, writeGeneration());
    });
  }
  return { from: present, to: migrations.length };
}

/**
 * Prepares serving clients: a copy made by a backup gets a new generation.
 *
 * @throws {StoreUnusable} for an unfinished import.
 */
export function beginServing(database: Database): void {
  rejectUnfinished(database);
  if (runNow(database, readNote('copied')) === undefined) return;
  database.transaction(() => {
    runNow(database, writeGeneration());
    runNow(database, deleteNote('copied'));
  });
}

/**
 * Rejects a partially imported store: it serves no clients and is not copied.
 *
 * @throws {StoreUnusable}
 */
export function rejectUnfinished(database: Database): void {
  if (runNow(database, readNote('import')) === undefined) return;
  throw new StoreUnusable(
    "The database holds an import that was not finished: run 'parley import' again with the same file.",
  );
}

/**
 * Returns 0 for a file without Parley's tables. @throws {StoreUnusable} for a version that this
 * Parley cannot read.
 */
export function readVersion(
  database: Database,
  { name = 'The database', newest = MIGRATIONS.length } = {},
): number {
  const version = database.one<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
  if (version > newest) {
    throw new StoreUnusable(
      `${name} has schema version ${version}; this Parley reads up to ${newest}. Use a newer Parley.`,
    );
  }
  return version;
}

/**
 * For tools beside a server: they migrate nothing, because it may be of another version.
 *
 * @throws {StoreUnusable} for another schema than that of this version.
 */
export function requireSchema(database: Database): void {
  const version = readVersion(database);
  if (version === MIGRATIONS.length) return;
  throw new StoreUnusable(
    `The database has schema version ${version}, not ${MIGRATIONS.length}: run 'parley migrate' first.`,
  );
}
