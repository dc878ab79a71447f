/**
 * The SQLite store: one file, one thread that writes, one that reads, one that searches, one that runs
 * checkpoints. The threads run in this process, or in the primary of several worker processes.
 */
import type { EventLog } from '../../ports/event-log.ts';
import type { RelationalStore } from '../../ports/relational-store.ts';
import { reportOutage } from '../report-outage.ts';
import { LOG } from '../sql/log.ts';
import { type Call, storeOf } from '../sql/operation.ts';
import { RELATIONS } from '../sql/relations.ts';
import { RETENTION } from '../sql/retention.ts';
import { writeGeneration } from '../sql/store-notes.ts';
import { sqlStores } from '../sql/stores.ts';
import { Checkpoints } from './checkpoints.ts';
import { toOutcomes, toText } from './commit-codec.ts';
import { Database } from './database.ts';
import { databaseFile, removeAbandonedCopies } from './database-files.ts';
import { keepReserve, type Writer } from './disk-reserve.ts';
import { migrate } from './migrate.ts';
import type { READS, WRITES } from './operations.ts';
import { toPage } from './page-codec.ts';
import { type Reader, startReader } from './reader.ts';
import { runNow } from './run-now.ts';
import { SupervisedWorker } from './supervised-worker.ts';

export interface SqliteStoreOptions {
  readonly directory: string;
  /** `relaxed` may lose the latest writes in a power failure, but not when the process ends. */
  readonly durability: 'full' | 'relaxed';
  /** Milliseconds without an answer after which a thread is replaced. */
  readonly timeoutMs: number;
  /** Free bytes of the disk below which writes are rejected; 0, the default, disables it. */
  readonly reserveBytes?: number;
  /** Called when a thread is lost and replaced. */
  readonly onFailure: (error: unknown) => void;
}

/** Opens the store, migrates its schema and checks its durability. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<RelationalStore> {
  const { writer, reader, ...rest } = await openThreads(options);
  return { ...storesOver(writer, reader), ...rest };
}

/** Starts the threads of a store. */
export async function openThreads(options: SqliteStoreOptions) {
  const { directory, durability, timeoutMs, onFailure } = options;
  const file = databaseFile(directory);
  removeAbandonedCopies(directory);
  const synchronous = durability === 'full' ? 'FULL' : 'NORMAL';
  // The writer comes first: it creates the file and its schema.
  const kept = { timeoutMs, onFailure };
  const start = { file, synchronous } as const;
  const writer = await SupervisedWorker.start<typeof WRITES>({ role: 'writer', ...start }, kept);
  const reader = await startReader(() =>
    SupervisedWorker.start<typeof READS>({ role: 'reader', ...start }, kept),
  );
  const checkpoints = Checkpoints.start(file, { writer, onFailure });
  const reserve = await keepReserve(writer, { directory, bytes: options.reserveBytes ?? 0 });
  return {
    writer: reserve.writer,
    reader,
    weakenedBy: durability === 'full' ? [] : [`synchronous=${synchronous}`],
    description: `SQLite in ${directory}`,
    close: async () => {
      reserve.close();
      await checkpoints.close();
      await reader.close();
      await writer.close();
    },
  };
}

/** The parts of the store over its operations, wherever these run. */
export function storesOver(
  writer: Writer,
  reader: Reader,
): Omit<RelationalStore, 'close' | 'description' | 'weakenedBy'> {
  // The names and arguments are those of `operations.ts`.
  const call: Call = (needs, name, args) =>
    (needs === 'reads' || needs === 'snapshots' ? reader : writer).call(
      name as never,
      args as never,
    );
  return {
    ...sqlStores(() => call),
    log: logStore(writer, reader, call),
    relations: storeOf(RELATIONS, call),
  };
}

/** Gives every room's log a new epoch: clients may hold more than the store does. */
export function renewSqliteGeneration(directory: string): void {
  const database = new Database(databaseFile(directory), {});
  try {
    migrate(database);
    runNow(database, writeGeneration());
  } finally {
    database.close();
  }
}

/** Migrates the schema without serving clients. */
export function migrateSqlite(
  directory: string,
  migrations?: readonly string[],
): { from: number; to: number } {
  const database = new Database(databaseFile(directory), {});
  try {
    return migrate(database, migrations);
  } finally {
    database.close();
  }
}

function logStore(writer: Writer, reader: Reader, call: Call): EventLog {
  return {
    async commit(commands, onReady) {
      try {
        const text = await writer.thread.callInOrder('commit', toText(commands), onReady);
        return toOutcomes(commands, text);
      } catch (error) {
        return reportOutage(commands, error);
      }
    },
    ...storeOf(LOG, call),
    readHistory: async (page) => toPage(page, await reader.call('readHistory', page)),
    ...storeOf(RETENTION, call),
    probe: async () => {
      await Promise.all([
        writer.call('writeProbe', undefined),
        reader.call('readProbe', undefined),
      ]);
    },
  };
}
