/** Brings an SQLite file to the schema that this version of Parley reads. */
import { randomBytes } from 'node:crypto';
import { StoreUnusable } from '../../ports/store.ts';
import type { Database } from './database.ts';
import { MIGRATIONS } from './migrations/index.ts';

/** The store's own notes, by their keys. */
export const META = Object.freeze({
  generation: 'generation',
  /** Of a copy that nobody was served from yet. */
  copied: 'copied',
  /** How far an import has come that is not finished. */
  import: 'import',
  /** Written when it is tried whether the store can be written. */
  probe: 'probe',
});

const NOTE = 'SELECT value FROM store_meta WHERE key = ?';

/**
 * Runs the migrations that are missing, each in a transaction of its own, so that
 * one cut off leaves the version before it whole, and is run again.
 *
 * @returns the versions before and after.
 * @throws {StoreUnusable} when a newer Parley has been here.
 */
export function migrate(database: Database): { readonly from: number; readonly to: number } {
  const present = readVersion(database);
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < present) continue;
    database.transaction(() => {
      database.exec(sql);
      // The file's own version number is part of the transaction.
      database.exec(`PRAGMA user_version = ${index + 1}`);
      if (index === 0) writeGeneration(database);
    });
  }
  return { from: present, to: MIGRATIONS.length };
}

/**
 * Before anybody is served: a copy made by a backup is another log from here on.
 *
 * @throws {StoreUnusable} for an import that was not finished.
 */
export function beginServing(database: Database): void {
  rejectUnfinished(database);
  if (database.one(NOTE, META.copied) === undefined) return;
  database.transaction(() => {
    writeGeneration(database);
    database.run('DELETE FROM store_meta WHERE key = ?', META.copied);
  });
}

/**
 * What an import has left by half is not there yet: nobody is served from it, and no copy made of it.
 *
 * @throws {StoreUnusable}
 */
export function rejectUnfinished(database: Database): void {
  if (database.one(NOTE, META.import) === undefined) return;
  throw new StoreUnusable(
    "The database holds an import that was not finished: run 'parley import' again with the same file.",
  );
}

/** 0 for a file without our tables. @throws {StoreUnusable} for one that this Parley cannot read. */
export function readVersion(database: Database, name = 'The database'): number {
  const version = database.one<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
  if (version > MIGRATIONS.length) {
    throw new StoreUnusable(
      `${name} has schema version ${version}; this Parley reads up to ${MIGRATIONS.length}. Use a newer Parley.`,
    );
  }
  return version;
}

/** The store's part of every room's epoch: another one whenever the log may have gone back. */
export function writeGeneration(database: Database): void {
  const generation = randomBytes(6).toString('hex');
  database.run(
    `INSERT INTO store_meta (key, value) VALUES (?, ?)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    META.generation,
    generation,
  );
}
