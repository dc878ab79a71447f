import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { importArchive } from '../../src/archive/import-archive.ts';
import { moveLogsOut, type Staging } from '../../src/archive/split-archive.ts';
import { type Cell, LOG_TABLES, type LogArchive, type LogRow } from '../../src/ports/archive.ts';
import { openSqliteSource, openSqliteTarget } from '../../src/stores/sqlite/archive.ts';
import { Database } from '../../src/stores/sqlite/database.ts';
import { databaseFile } from '../../src/stores/sqlite/database-files.ts';
import { chunksOf, fill, linesOf } from '../support/archived-store.ts';
import { openTestStore } from '../support/sqlite-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const parent = temporaryDirectory();
const newDirectory = (): string => mkdtempSync(join(parent, 'split-'));

/** Logs that keep their rows in memory. */
function logsInMemory(): LogArchive {
  let stored: LogRow[] = [];
  return {
    id: 'logs',
    isEmpty: async () => stored.length === 0,
    async *readRows() {
      yield* stored;
    },
    async fill({ tables, readRows }) {
      stored = [];
      for (const table of tables.filter(({ name }) => LOG_TABLES.includes(name))) {
        for await (const row of readRows(table)) {
          const cells = Object.fromEntries(
            table.columns.map((name, at) => [name, row[at] as Cell]),
          );
          stored.push({ table: table.name, cells });
        }
      }
    },
    close: async () => {},
  };
}

async function openStaging(): Promise<Staging & { close(): Promise<void> }> {
  const directory = newDirectory();
  const target = await openSqliteTarget(directory);
  const reopen = async () => {
    await target.close();
    return openSqliteSource(directory);
  };
  return { target, reopen, close: async () => {} };
}

test('an import that failed while it deleted the moved logs continues', async () => {
  const [from, to] = [newDirectory(), newDirectory()];
  const store = await openTestStore(from);
  await fill(store);
  await store.close();
  const lines = await linesOf(await openSqliteSource(from));
  const logs = logsInMemory();
  const importInto = async (): Promise<void> => {
    const target = moveLogsOut(await openSqliteTarget(to), logs, openStaging);
    try {
      await importArchive(chunksOf(lines), target);
    } finally {
      await target.close();
    }
  };
  const change = (sql: string): void => {
    const database = new Database(databaseFile(to), {});
    database.exec(sql);
    database.close();
  };

  await (await openSqliteTarget(to)).close();
  change("CREATE TRIGGER full BEFORE DELETE ON room_events BEGIN SELECT RAISE(ABORT, 'full'); END");
  await assert.rejects(importInto(), /full/);
  change('DROP TRIGGER full');
  await importInto();

  const moved = new Database(databaseFile(to), {});
  // The server indexes them from the logs.
  assert.equal(
    moved.one<{ value: string }>("SELECT value FROM store_meta WHERE key = 'search'")?.value,
    '',
  );
  assert.equal(moved.one('SELECT id FROM search_pending'), undefined);
  moved.close();
  const source = await openSqliteSource(to);
  const [events] = source.tables.filter(({ name }) => name === 'room_events');
  assert(events !== undefined);
  assert.deepEqual(
    [source.logId, [...(source.readRows(events) as Iterable<unknown>)]],
    ['logs', []],
  );
  await source.close();
});
