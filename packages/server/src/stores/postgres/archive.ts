/** The PostgreSQL store as plain rows over one connection: read as a snapshot, or filled. */
import type { ClientBase } from 'pg';
import {
  type ArchiveSource,
  type ArchiveTarget,
  type Cell,
  RowRejected,
  type TableShape,
} from '../../ports/archive.ts';
import { StoreUnusable } from '../../ports/store.ts';
import { selectRows, targetOver } from '../sql/archive.ts';
import { run } from '../sql/operation.ts';
import { readNote } from '../sql/store-notes.ts';
import { LOG_KEY, TABLES } from '../sql/tables.ts';
import { connectWithoutLimits, unusable } from './connection.ts';
import { migrate, rejectUnfinished, requireSchema } from './migrate.ts';
import { type Queries, queriesOf } from './queries.ts';
import { runLater } from './run-later.ts';
import { requireNoServer } from './server-lock.ts';

/** Number of rows fetched at once. */
const FETCH_ROWS = 1_000;
/** PostgreSQL's error classes for rejected rows: values, constraints, size. */
const REJECTED_ROW = /^(22|23|54)/;
const BEGIN_READING = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** Opens a snapshot of the store; writers continue meanwhile. */
export async function openPostgresSource(url: string): Promise<ArchiveSource> {
  return open(url, async (client) => {
    await requireSchema(client);
    await client.query(BEGIN_READING);
    await rejectUnfinished(client);
    return {
      logId: await runLater(queriesOver(client), readNote(LOG_KEY)),
      tables: await shapesOf(client),
      readRows: (table) => readRows(client, table),
      close: () => client.end(),
    };
  });
}

/**
 * Opens the store for filling. A node that starts meanwhile waits: the migration lock is held until
 * the end.
 *
 * @throws {StoreUnusable} while a server uses the database.
 */
export async function openPostgresTarget(url: string): Promise<ArchiveTarget> {
  return open(url, async (client) => {
    await migrate(client);
    await requireNoServer(url);
    return filledOver(client, await shapesOf(client));
  });
}

function filledOver(
  client: ClientBase & { end(): Promise<void> },
  tables: TableShape[],
): ArchiveTarget {
  const queries = queriesOver(client);
  return targetOver({
    tables,
    async *readRows(table) {
      await client.query(BEGIN_READING);
      yield* readRows(client, table);
      await client.query('COMMIT');
    },
    run: (operation) => runLater(queries, operation),
    transact: (operation) => inTransaction(client, () => runLater(queries, operation)),
    insertRows({ name, columns }, rows) {
      const records = rows.map((row) =>
        Object.fromEntries(columns.map((column, index) => [column, row[index]])),
      );
      const named = columns.join(', ');
      return run(
        `INSERT INTO ${name} (${named}) SELECT ${named} FROM json_populate_recordset(NULL::${name}, $1)`,
        JSON.stringify(records),
      );
    },
    toRejected: rejectedRow,
    settle: async () => {
      // The planner's statistics are from the time when the tables were empty.
      await client.query('ANALYZE');
    },
    close: () => client.end(),
  });
}

async function open<T>(
  url: string,
  begin: (client: Awaited<ReturnType<typeof connectWithoutLimits>>) => Promise<T>,
): Promise<T> {
  const client = await connectWithoutLimits(url);
  try {
    return await begin(client);
  } catch (error) {
    await client.end();
    throw error instanceof StoreUnusable ? error : unusable(url, error);
  }
}

/** Undefined for a failure that the rows did not cause, such as a lost connection. */
function rejectedRow(error: unknown): RowRejected | undefined {
  const { code = '', message } = error as { readonly code?: string; readonly message: string };
  return REJECTED_ROW.test(code) ? new RowRejected(message, { cause: error }) : undefined;
}

async function shapesOf(client: ClientBase): Promise<TableShape[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `SELECT table_name AS name, array_agg(column_name::text ORDER BY ordinal_position) AS columns
     FROM information_schema.columns WHERE table_schema = current_schema() GROUP BY table_name`,
  );
  const columns = new Map(rows.map((row) => [row.name, row.columns]));
  return TABLES.map((table) => ({ ...table, columns: columns.get(table.name) ?? [] }));
}

/** Requires a transaction, for the cursor. */
async function* readRows(client: ClientBase, table: TableShape): AsyncGenerator<readonly Cell[]> {
  await client.query(`DECLARE archived NO SCROLL CURSOR FOR ${selectRows(table)}`);
  for (;;) {
    const { rows } = await client.query<Cell[]>({
      text: `FETCH ${FETCH_ROWS} FROM archived`,
      rowMode: 'array',
    });
    yield* rows;
    if (rows.length < FETCH_ROWS) break;
  }
  await client.query('CLOSE archived');
}

function queriesOver(client: ClientBase): Queries {
  return queriesOf(async (text, values) => {
    const { command, rows, rowCount } = await client.query({ text, values: [...values] });
    return { command, rows, rowCount: rowCount ?? 0 };
  });
}

async function inTransaction(client: ClientBase, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
