/** Archives of a store whose logs are outside its database. */
import {
  type ArchiveSource,
  type ArchiveTarget,
  type Cell,
  LOG_TABLES,
  type LogArchive,
  type TableShape,
} from '../ports/archive.ts';
import { ArchiveError } from './archive-error.ts';
import { digestTable } from './write-archive.ts';

/** Rows written at once. */
const BATCH_ROWS = 1000;
const STAGING = { archiveId: 'staging', rows: 0 };

/** An empty store in which rows are sorted and checked; `reopen` ends its filling. */
export interface Staging {
  readonly target: ArchiveTarget;
  reopen(): Promise<ArchiveSource>;
}

/**
 * Reads a database and its logs through a temporary store: the rows of an archive are in order, and
 * those of logs are not. Closes both when it is done.
 *
 * @throws {ArchiveError} if the logs do not match the database.
 */
export async function joinLogs(
  database: ArchiveSource,
  logs: LogArchive,
  staging: Staging,
): Promise<ArchiveSource> {
  const { target } = staging;
  await target.begin(STAGING);
  const heads = new Map<string, number>();
  for (const table of database.tables) {
    if (LOG_TABLES.includes(table.name)) continue;
    const [id, head] = ['id', 'head_sequence'].map((column) => table.columns.indexOf(column));
    const writer = new BatchWriter(target, table);
    for await (const row of database.readRows(table)) {
      if (table.name === 'rooms') heads.set(String(row[id ?? -1]), Number(row[head ?? -1]));
      await writer.add(row);
    }
    await writer.flush();
  }
  const writers = new Map(
    target.tables.map((table) => [table.name, new BatchWriter(target, table)]),
  );
  for await (const { table, cells } of logs.readRows(heads)) {
    const writer = writers.get(table);
    // A message is written before its reactions.
    if (table === 'reactions') await writers.get('messages')?.flush();
    await writer?.add(writer.table.columns.map((column) => cells[column] ?? null));
  }
  for (const writer of writers.values()) await writer.flush();
  const [inconsistency] = await target.findInconsistencies();
  if (inconsistency !== undefined) {
    throw new ArchiveError(`The messages do not match the database: ${inconsistency}.`);
  }
  await target.finish();
  return staging.reopen();
}

/**
 * A database that is filled with everything; at the end, its logs are moved out of it and compared.
 * Its own rows of the logs are deleted last.
 */
export function moveLogsOut(
  target: ArchiveTarget,
  logs: LogArchive,
  openStaging: () => Promise<Staging & { close(): Promise<void> }>,
): ArchiveTarget {
  return {
    ...target,
    begin: async (mark) => {
      if (!(await logs.isEmpty())) {
        throw new ArchiveError('The keyspace is not empty: import into an empty keyspace only.');
      }
      await target.begin(mark);
    },
    finish: async () => {
      await logs.fill(target);
      const staging = await openStaging();
      try {
        const copy = await joinLogs(target, logs, staging);
        await compare(copy, target);
        await copy.close();
      } finally {
        await staging.close();
      }
      await target.finish(logs.id);
    },
    close: async () => {
      await logs.close();
      await target.close();
    },
  };
}

async function compare(copy: ArchiveSource, original: ArchiveSource): Promise<void> {
  for (const table of original.tables) {
    const [one, other] = [await digestTable(copy, table), await digestTable(original, table)];
    if (one.rows !== other.rows || one.sha256 !== other.sha256) {
      throw new ArchiveError(
        `${table.name} differs from the archive after its messages were moved.`,
      );
    }
  }
}

class BatchWriter {
  readonly table: TableShape;
  readonly #target: ArchiveTarget;
  #rows: (readonly Cell[])[] = [];

  constructor(target: ArchiveTarget, table: TableShape) {
    this.table = table;
    this.#target = target;
  }

  async add(row: readonly Cell[]): Promise<void> {
    this.#rows.push(row);
    if (this.#rows.length >= BATCH_ROWS) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const rows = this.#rows;
    this.#rows = [];
    await this.#target.writeRows(this.table, rows, STAGING);
  }
}
