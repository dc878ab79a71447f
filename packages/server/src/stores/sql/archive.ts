/** A store as plain rows that an import fills: what both databases do alike. */
import type {
  ArchiveTarget,
  Cell,
  ImportMark,
  RowRejected,
  TableShape,
} from '../../ports/archive.ts';
import { type Operation, one, run } from './operation.ts';
import { deleteNote, readNote, writeGeneration, writeNote } from './store-notes.ts';
import { CHECKS, EXPORTED_ROWS, INITIAL_TABLE, LEAVE_LOGS, LOG_KEY, TABLES } from './tables.ts';

/** A database that an import fills. */
interface Filled extends Pick<ArchiveTarget, 'tables' | 'readRows' | 'close'> {
  readonly run: <T>(operation: Operation<T>) => Promise<T>;
  /** Stores all changes of an operation, or none. */
  readonly transact: (operation: Operation<void>) => Promise<void>;
  readonly insertRows: (
    table: TableShape,
    rows: readonly (readonly Cell[])[],
  ) => Operation<unknown>;
  /** Undefined for a failure that the rows did not cause. */
  readonly toRejected: (error: unknown) => RowRejected | undefined;
  /** Called when everything is stored. */
  readonly settle: () => Promise<void>;
}

export function targetOver(database: Filled): ArchiveTarget {
  const { run, transact, insertRows, toRejected, settle, ...source } = database;
  return {
    ...source,
    readMark: () => run(readMark()),
    isEmpty: () => run(isEmpty()),
    begin: (mark) => transact(begin(mark)),
    async writeRows(table, rows, mark) {
      let isInserted = false;
      const writing = transact(
        (function* (): Operation<void> {
          yield* insertRows(table, rows);
          isInserted = true;
          yield* writeNote('import', JSON.stringify(mark));
        })(),
      );
      await writing.catch((error: unknown) => {
        throw (isInserted ? undefined : toRejected(error)) ?? error;
      });
    },
    findInconsistencies: () => run(findInconsistencies()),
    async finish(logId) {
      await transact(finish(logId));
      await settle();
    },
  };
}

export function selectRows({ name, key, columns }: TableShape): string {
  return `SELECT ${columns.join(', ')} FROM ${name} WHERE ${EXPORTED_ROWS[name] ?? '1 = 1'} ORDER BY ${key.join(', ')}`;
}

function* readMark(): Operation<ImportMark | undefined> {
  const mark = yield* readNote('import');
  return mark === undefined ? undefined : (JSON.parse(mark) as ImportMark); // Written here.
}

function* isEmpty(): Operation<boolean> {
  for (const { name } of TABLES) {
    if (name === INITIAL_TABLE) continue;
    if ((yield* one(`SELECT 1 AS found FROM ${name} LIMIT 1`)) !== undefined) return false;
  }
  return true;
}

function* begin(mark: ImportMark): Operation<void> {
  yield* run(`DELETE FROM ${INITIAL_TABLE}`);
  yield* writeNote('import', JSON.stringify(mark));
}

function* findInconsistencies(): Operation<string[]> {
  const found: string[] = [];
  for (const { inconsistency, sql } of CHECKS) {
    const row = yield* one<{ id: string }>(`${sql} LIMIT 1`);
    if (row !== undefined) found.push(`room ${row.id}: ${inconsistency}`);
  }
  return found;
}

function* finish(logId: string | undefined): Operation<void> {
  if (logId !== undefined) {
    for (const sql of LEAVE_LOGS) yield* run(sql);
    yield* writeNote(LOG_KEY, logId);
  }
  yield* writeGeneration();
  yield* deleteNote('import');
}
