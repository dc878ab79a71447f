/** The SQLite store as plain rows: read from a copy, or filled in place. */
import { rmSync } from 'node:fs';
import {
  type ArchiveSource,
  type ArchiveTarget,
  type Cell,
  RowRejected,
  type TableShape,
} from '../../ports/archive.ts';
import { selectRows, targetOver } from '../sql/archive.ts';
import { run } from '../sql/operation.ts';
import { readNote } from '../sql/store-notes.ts';
import { LOG_KEY, TABLES } from '../sql/tables.ts';
import { copyDatabase } from './backup.ts';
import { Database } from './database.ts';
import { databaseFile, exportCopyFile } from './database-files.ts';
import { migrate, readVersion, requireSchema } from './migrate.ts';
import { OwnerLock } from './owner-lock.ts';
import { runNow } from './run-now.ts';

/** SQLite's error code for a violated constraint. */
const CONSTRAINT = 19;

/**
 * Opens the store as it is now, from a copy in its directory: a long read of the database itself
 * would keep its write-ahead log from being checkpointed.
 */
export async function openSqliteSource(directory: string): Promise<ArchiveSource> {
  const copy = exportCopyFile(directory);
  await copyDatabase(directory, copy);
  const database = new Database(copy, {});
  // Unlinked immediately, if the system allows it for open files: the copy then never outlives the
  // process.
  if (process.platform !== 'win32') rmSync(copy);
  const close = async (): Promise<void> => {
    database.close();
    rmSync(copy, { force: true });
  };
  try {
    requireSchema(database);
  } catch (error) {
    await close();
    throw error;
  }
  const logId = runNow(database, readNote(LOG_KEY));
  const tables = shapesOf(database);
  return { logId, tables, readRows: (table) => readRows(database, table), close };
}

/** @throws DataDirectoryInUse while a server uses the directory. */
export async function openSqliteTarget(directory: string): Promise<ArchiveTarget> {
  const lock = OwnerLock.acquire(directory);
  let database: Database;
  try {
    database = openToFill(databaseFile(directory));
  } catch (error) {
    lock.release();
    throw error;
  }
  return targetOver({
    tables: shapesOf(database),
    readRows: (table) => readRows(database, table),
    run: async (operation) => runNow(database, operation),
    transact: async (operation) => database.transaction(() => runNow(database, operation)),
    *insertRows({ name, columns }, rows) {
      const places = columns.map((_, index) => `$${index + 1}`).join(', ');
      const sql = `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${places})`;
      for (const row of rows) yield* run(sql, ...row);
    },
    toRejected: rejectedRow,
    settle: async () => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'),
    async close() {
      database.close();
      lock.release();
    },
  });
}

function openToFill(file: string): Database {
  const database = new Database(file, {});
  try {
    // Fails for a schema of a newer Parley, which stays untouched.
    readVersion(database);
    // Flushed as a whole at the end: nothing relies on it before.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Undefined for a failure that the rows did not cause, such as a full disk. */
function rejectedRow(error: unknown): RowRejected | undefined {
  const { errcode = 0, message } = error as { readonly errcode?: number; readonly message: string };
  return (errcode & 0xff) === CONSTRAINT ? new RowRejected(message, { cause: error }) : undefined;
}

function shapesOf(database: Database): TableShape[] {
  return TABLES.map(({ name, key }) => {
    const columns = database.all<{ name: string }>(`SELECT name FROM pragma_table_info('${name}')`);
    return { name, key, columns: columns.map((column) => column.name) };
  });
}

function readRows(database: Database, table: TableShape): Iterable<readonly Cell[]> {
  // The schema has texts and integers only.
  return database.iterate(selectRows(table)) as Iterable<readonly Cell[]>;
}
