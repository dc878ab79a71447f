/** The SQLite store as plain rows: read from a copy, or filled in place. */
import { rmSync } from 'node:fs';
import {
  type ArchiveSource,
  type ArchiveTarget,
  type Cell,
  type ImportMark,
  RowRejected,
  type TableShape,
} from '../../ports/archive.ts';
import {
  CHECKS,
  EXPORTED_ROWS,
  INITIAL_TABLE,
  LEAVE_LOGS,
  LOG_KEY,
  TABLES,
} from '../sql/tables.ts';
import { copyDatabase } from './backup.ts';
import { Database } from './database.ts';
import { databaseFile, exportCopyFile } from './database-files.ts';
import { META, migrate, readVersion, requireSchema, writeGeneration } from './migrate.ts';
import { OwnerLock } from './owner-lock.ts';

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
  const logId = database.one<{ value: string }>(
    'SELECT value FROM store_meta WHERE key = ?',
    LOG_KEY,
  )?.value;
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
  return {
    tables: shapesOf(database),
    readRows: (table) => readRows(database, table),
    async readMark() {
      const row = database.one<{ value: string }>(
        'SELECT value FROM store_meta WHERE key = ?',
        META.import,
      );
      // Written by `writeMark`.
      return row && (JSON.parse(row.value) as ImportMark);
    },
    async isEmpty() {
      const used = TABLES.filter(({ name }) => name !== INITIAL_TABLE);
      return used.every(({ name }) => database.one(`SELECT 1 FROM ${name} LIMIT 1`) === undefined);
    },
    async begin(mark) {
      database.transaction(() => {
        database.run(`DELETE FROM ${INITIAL_TABLE}`);
        writeMark(database, mark);
      });
    },
    async writeRows({ name, columns }, rows, mark) {
      const places = columns.map(() => '?').join(', ');
      const sql = `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${places})`;
      try {
        database.transaction(() => {
          for (const row of rows) database.run(sql, ...row);
          writeMark(database, mark);
        });
      } catch (error) {
        throw rejectedRow(error) ?? error;
      }
    },
    async findInconsistencies() {
      return CHECKS.flatMap(({ inconsistency, sql }) => {
        const row = database.one<{ id: string }>(`${sql} LIMIT 1`);
        return row === undefined ? [] : [`room ${row.id}: ${inconsistency}`];
      });
    },
    async finish(logId) {
      database.transaction(() => {
        if (logId !== undefined) leaveLogs(database, logId);
        writeGeneration(database);
        database.run('DELETE FROM store_meta WHERE key = ?', META.import);
      });
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    },
    async close() {
      database.close();
      lock.release();
    },
  };
}

function leaveLogs(database: Database, logId: string): void {
  for (const sql of LEAVE_LOGS) database.run(sql);
  database.run('INSERT INTO store_meta (key, value) VALUES (?, ?)', LOG_KEY, logId);
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

function readRows(
  database: Database,
  { name, key, columns }: TableShape,
): Iterable<readonly Cell[]> {
  const sql = `SELECT ${columns.join(', ')} FROM ${name} WHERE ${EXPORTED_ROWS[name] ?? '1 = 1'} ORDER BY ${key.join(', ')}`;
  // The schema has texts and integers only.
  return database.iterate(sql) as Iterable<readonly Cell[]>;
}

function writeMark(database: Database, mark: ImportMark): void {
  database.run(
    `INSERT INTO store_meta (key, value) VALUES (?, ?)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    META.import,
    JSON.stringify(mark),
  );
}
