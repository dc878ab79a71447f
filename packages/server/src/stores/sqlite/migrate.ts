/** Brings an SQLite file to the schema that this version of Parley reads. */
import { randomBytes } from 'node:crypto';
import type { Database } from './database.ts';
import { MIGRATIONS } from './migrations/index.ts';

/**
 * Runs the migrations that are missing, each in a transaction of its own, so that
 * one cut off leaves the version before it whole.
 *
 * @throws Error when a newer Parley has been here.
 */
export function migrate(database: Database): void {
  const present = readVersion(database);
  if (present > MIGRATIONS.length) {
    throw new Error(
      `The database has schema version ${present}; this Parley reads up to ${MIGRATIONS.length}. Use a newer Parley.`,
    );
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < present) continue;
    database.exec('BEGIN IMMEDIATE');
    database.exec(sql);
    // The file's own version number is part of the transaction.
    database.exec(`PRAGMA user_version = ${index + 1}`);
    if (index === 0) writeGeneration(database);
    database.exec('COMMIT');
  }
}

function readVersion(database: Database): number {
  return database.one<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
}

/** The store's part of every room's epoch: another one whenever the log may have gone back. */
function writeGeneration(database: Database): void {
  const generation = randomBytes(6).toString('hex');
  database.run("INSERT INTO store_meta (key, value) VALUES ('generation', ?)", generation);
}
