/** The PostgreSQL store as plain rows over one connection: read as a snapshot, or filled. */
import type { ClientBase } from 'pg';
import {
  type ArchiveSource,
  type ArchiveTarget,
  type Cell,
  type ImportMark,
  RowRejected,
  type TableShape,
} from '../../ports/archive.ts';
import { StoreUnusable } from '../../ports/store.ts';
import {
  CHECKS,
  EXPORTED_ROWS,
  INITIAL_TABLE,
  LEAVE_LOGS,
  LOG_KEY,
  TABLES,
} from '../sql/tables.ts';
import { connectWithoutLimits, unusable } from './connection.ts';
import { newGeneration } from './durability.ts';
import { migrate, rejectUnfinished, requireSchema } from './migrate.ts';
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
    const { rows } = await client.query<{ value: string }>(
      `SELECT value FROM store_meta WHERE key = '${LOG_KEY}'`,
    );
    return {
      logId: rows[0]?.value,
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
    return targetOver(client, await shapesOf(client));
  });
}

function targetOver(
  client: ClientBase & { end(): Promise<void> },
  tables: TableShape[],
): ArchiveTarget {
  return {
    tables,
    async *readRows(table) {
      await client.query(BEGIN_READING);
      yield* readRows(client, table);
      await client.query('COMMIT');
    },
    async readMark() {
      const { rows } = await client.query<{ value: string }>(
        "SELECT value FROM store_meta WHERE key = 'import'",
      );
      // Written by `writeMark`.
      return rows[0] && (JSON.parse(rows[0].value) as ImportMark);
    },
    async isEmpty() {
      const used = TABLES.filter(({ name }) => name !== INITIAL_TABLE);
      for (const { name } of used) {
        if ((await client.query(`SELECT 1 FROM ${name} LIMIT 1`)).rows.length > 0) return false;
      }
      return true;
    },
    begin: (mark) =>
      inTransaction(client, async () => {
        await client.query(`DELETE FROM ${INITIAL_TABLE}`);
        await writeMark(client, mark);
      }),
    writeRows: ({ name, columns }, rows, mark) =>
      inTransaction(client, async () => {
        const records = rows.map((row) =>
          Object.fromEntries(columns.map((column, index) => [column, row[index]])),
        );
        const named = columns.join(', ');
        const insert = client.query(
          `INSERT INTO ${name} (${named}) SELECT ${named} FROM json_populate_recordset(NULL::${name}, $1)`,
          [JSON.stringify(records)],
        );
        await insert.catch((error: unknown) => {
          throw rejectedRow(error) ?? error;
        });
        await writeMark(client, mark);
      }),
    async findInconsistencies() {
      const inconsistencies: string[] = [];
      for (const { inconsistency, sql } of CHECKS) {
        const { rows } = await client.query<{ id: string }>(`${sql} LIMIT 1`);
        if (rows[0] !== undefined) inconsistencies.push(`room ${rows[0].id}: ${inconsistency}`);
      }
      return inconsistencies;
    },
    async finish(logId) {
      await inTransaction(client, async () => {
        if (logId !== undefined) await leaveLogs(client, logId);
        await client.query(
          `INSERT INTO store_meta (key, value) VALUES ('generation', $1)
           ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
          [newGeneration()],
        );
        await client.query("DELETE FROM store_meta WHERE key = 'import'");
      });
      // The planner's statistics are from the time when the tables were empty.
      await client.query('ANALYZE');
    },
    close: () => client.end(),
  };
}

async function leaveLogs(client: ClientBase, logId: string): Promise<void> {
  for (const sql of LEAVE_LOGS) await client.query(sql);
  const note = 'INSERT INTO store_meta (key, value) VALUES ($1, $2)';
  await client.query(note, [LOG_KEY, logId]);
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
async function* readRows(
  client: ClientBase,
  { name, key, columns }: TableShape,
): AsyncGenerator<readonly Cell[]> {
  await client.query(
    `DECLARE archived NO SCROLL CURSOR FOR SELECT ${columns.join(', ')} FROM ${name} WHERE ${EXPORTED_ROWS[name] ?? '1 = 1'} ORDER BY ${key.join(', ')}`,
  );
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

async function writeMark(client: ClientBase, mark: ImportMark): Promise<void> {
  await client.query(
    `INSERT INTO store_meta (key, value) VALUES ('import', $1)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    [JSON.stringify(mark)],
  );
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
