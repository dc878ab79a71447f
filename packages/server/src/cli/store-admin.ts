/** Store operations of the CLI. Besides `app.ts`, the only composition root that names adapters. */
import { readdirSync } from 'node:fs';
import { findDataDirectory, prepareDataDirectory } from '../config/data-directory.ts';
import { ConfigError, type Values } from '../config/load-config.ts';
import type { ArchiveSource, ArchiveTarget } from '../ports/archive.ts';
import { openPostgresSource, openPostgresTarget } from '../stores/postgres/archive.ts';
import { migratePostgres, renewPostgresGeneration } from '../stores/postgres/store.ts';
import { openSqliteSource, openSqliteTarget } from '../stores/sqlite/archive.ts';
import { backUp, restore } from '../stores/sqlite/backup.ts';
import { OwnerLock } from '../stores/sqlite/owner-lock.ts';
import { migrateSqlite, renewSqliteGeneration } from '../stores/sqlite/store.ts';

export type StoreSettings = Pick<Values, 'DATABASE_URL' | 'DATA_DIR'>;

const SQLITE = 'sqlite:';
/** Files that a directory without data may hold, also after an interrupted restore. */
const NO_DATA = /^(owner\..*|(session|jwt)-secret(\.part)?|parley\.db\.part(-journal|-wal|-shm)?)$/;

/** @returns the versions of the schema before and after. */
export async function migrateStore(values: StoreSettings): Promise<{ from: number; to: number }> {
  if (values.DATABASE_URL !== SQLITE) return migratePostgres(values.DATABASE_URL);
  const directory = prepareDataDirectory(values.DATA_DIR);
  const lock = OwnerLock.acquire(directory);
  try {
    return migrateSqlite(directory);
  } finally {
    lock.release();
  }
}

/** Id of the process that uses the data directory; undefined if there is none. */
export function findServerProcess({ DATA_DIR }: StoreSettings): number | undefined {
  return OwnerLock.findOwner(findDataDirectory(DATA_DIR))?.pid;
}

/** @throws DataDirectoryInUse while a server uses this SQLite database. */
export async function renewGeneration(values: StoreSettings): Promise<void> {
  if (values.DATABASE_URL !== SQLITE) {
    await renewPostgresGeneration(values.DATABASE_URL);
    return;
  }
  const directory = prepareDataDirectory(values.DATA_DIR);
  const lock = OwnerLock.acquire(directory);
  try {
    renewSqliteGeneration(directory);
  } finally {
    lock.release();
  }
}

export function openSource(values: StoreSettings): Promise<ArchiveSource> {
  if (values.DATABASE_URL !== SQLITE) return openPostgresSource(values.DATABASE_URL);
  return openSqliteSource(findDataDirectory(values.DATA_DIR));
}

export function openTarget(values: StoreSettings): Promise<ArchiveTarget> {
  if (values.DATABASE_URL !== SQLITE) return openPostgresTarget(values.DATABASE_URL);
  return openSqliteTarget(prepareDataDirectory(values.DATA_DIR));
}

/** @throws {ConfigError} for PostgreSQL, which has its own tools. */
export async function backUpStore(values: StoreSettings, file: string): Promise<void> {
  requireSqlite(values, 'pg_dump or pg_basebackup');
  await backUp(findDataDirectory(values.DATA_DIR), file);
}

/** @throws {ConfigError} if the data directory is not empty. */
export async function restoreStore(values: StoreSettings, file: string): Promise<void> {
  requireSqlite(values, 'psql or pg_restore');
  const directory = prepareDataDirectory(values.DATA_DIR);
  const lock = OwnerLock.acquire(directory);
  try {
    const found = readdirSync(directory).find((name) => !NO_DATA.test(name));
    if (found !== undefined) {
      throw new ConfigError(
        `DATA_DIR is '${values.DATA_DIR}', which is not empty (${found}): restore a backup into an empty directory.`,
      );
    }
    await restore(file, directory);
  } finally {
    lock.release();
  }
}

function requireSqlite(values: StoreSettings, tool: string): void {
  if (values.DATABASE_URL === SQLITE) return;
  throw new ConfigError(
    `DATABASE_URL is a PostgreSQL database. Use ${tool} for it, or 'parley export' and 'parley import' to move all data between stores.`,
  );
}
