/** The SQLite store of worker processes: its threads run in their primary process. */
import type { ProcessChannel } from '../../ports/process-channel.ts';
import type { RelationalStore } from '../../ports/relational-store.ts';
import type { Writer } from './disk-reserve.ts';
import type { READS, WRITES } from './operations.ts';
import type { Reader } from './reader.ts';
import { hostCalls, RemoteCalls, type RunOperation } from './remote-calls.ts';
import { openThreads, type SqliteStoreOptions, storesOver } from './store.ts';

/** Facts about the store that the start line shows. */
export type StoreFacts = Pick<RelationalStore, 'description' | 'weakenedBy'>;

export interface SqliteHost extends StoreFacts {
  /** Runs the calls of a worker process from now on. */
  serve(worker: ProcessChannel): void;
  /** Finishes running calls and closes the file. */
  close(): Promise<void>;
}

/** Opens the store in the primary, for worker processes. */
export async function openSqliteHost(options: SqliteStoreOptions): Promise<SqliteHost> {
  const { writer, reader, ...rest } = await openThreads(options);
  // Operations are found by name in the threads, as those of this process are.
  const run = {
    writer: ((name, argument) => writer.call(name as never, argument as never)) as RunOperation,
    reader: ((name, argument) => reader.call(name as never, argument as never)) as RunOperation,
  };
  return { ...rest, serve: (worker) => hostCalls(worker, run) };
}

/** The store of a worker process: its operations run in the primary. */
export function openRemoteSqliteStore(primary: ProcessChannel, facts: StoreFacts): RelationalStore {
  const calls = new RemoteCalls(primary);
  const write: Writer['call'] = (name, argument) =>
    calls.call<typeof WRITES, typeof name>('writer', name, argument);
  const writer: Writer = {
    call: write,
    // The next batch waits for the answer: whether it may begin is known only in the primary.
    thread: { callInOrder: (name, argument) => write(name, argument) },
  };
  const reader: Reader = {
    call: (name, argument) => calls.call<typeof READS, typeof name>('reader', name, argument),
  };
  return { ...storesOver(writer, reader), ...facts, close: () => calls.close() };
}
