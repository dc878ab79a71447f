/**
 * A store as plain rows of tables: the format for moving data between stores. The SQL stores have
 * the same tables and columns; their internal data (versions, generation) is not included.
 */

export type Cell = string | number | null;

export interface TableShape {
  readonly name: string;
  /** Rows are read in the order of these columns. */
  readonly key: readonly string[];
  readonly columns: readonly string[];
}

/** Tables of the logs of rooms, which may be outside the database. */
export const LOG_TABLES: readonly string[] = ['room_events', 'messages', 'send_keys', 'reactions'];

/** A consistent snapshot for as long as it is open. */
export interface ArchiveSource {
  /** Where the logs are; undefined if they are in these tables. */
  readonly logId?: string | undefined;
  /** Ordered for filling: referenced tables come first. */
  readonly tables: readonly TableShape[];
  /** Yields the given columns of all rows in bounded batches. */
  readRows(table: TableShape): AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>;
  close(): Promise<void>;
}

/** A row violates a constraint of its table; the message names the constraint. */
export class RowRejected extends Error {
  override readonly name = 'RowRejected';
}

/** Progress of an import. */
export interface ImportMark {
  /** Id of the archive. */
  readonly archiveId: string;
  /** Number of its rows that are stored. */
  readonly rows: number;
}

/** A store that is being filled. It serves no clients until the import is finished. */
export interface ArchiveTarget extends ArchiveSource {
  /** Progress of an unfinished import; undefined if there is none. */
  readMark(): Promise<ImportMark | undefined>;
  /** Whether the store never held data. */
  isEmpty(): Promise<boolean>;
  /** Deletes the rows of a new store and writes the first progress mark. */
  begin(mark: ImportMark): Promise<void>;
  /**
   * Stores the rows and the progress mark atomically.
   * @throws {RowRejected} for a row that the store cannot hold.
   */
  writeRows(table: TableShape, rows: readonly (readonly Cell[])[], mark: ImportMark): Promise<void>;
  /** Returns inconsistencies, one line each for the operator; empty if there are none. */
  findInconsistencies(): Promise<readonly string[]>;
  /**
   * Deletes the progress mark and creates a new generation: the store may now serve clients.
   *
   * @param logId Where the logs are now: their rows are deleted in the same transaction.
   */
  finish(logId?: string): Promise<void>;
}

/** A row of one of the `LOG_TABLES`. */
export interface LogRow {
  readonly table: string;
  readonly cells: Readonly<Record<string, Cell>>;
}

/** Logs outside the database, as rows of its tables. */
export interface LogArchive {
  readonly id: string;
  isEmpty(): Promise<boolean>;
  /**
   * Yields the rows of all logs up to the given heads, in no order except that a message comes
   * before its reactions.
   */
  readRows(headOf: ReadonlyMap<string, number>): AsyncIterable<LogRow>;
  /** Stores the rows of the `LOG_TABLES` of a database. Rows that are stored already are replaced. */
  fill(source: Pick<ArchiveSource, 'tables' | 'readRows'>): Promise<void>;
  close(): Promise<void>;
}
