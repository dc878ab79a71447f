/**
 * A store as plain rows of tables: how everything moves from one store to another.
 * The SQL stores have the same tables with the same columns; their own notes
 * (versions, generation) are no part of it.
 */

export type Cell = string | number | null;

export interface TableShape {
  readonly name: string;
  /** Its rows are read in the order of these columns. */
  readonly key: readonly string[];
  readonly columns: readonly string[];
}

/** Of one instant, for as long as it is open. */
export interface ArchiveSource {
  /** In an order in which they can be filled: what is referred to comes first. */
  readonly tables: readonly TableShape[];
  /** The given columns of all rows, a bounded number at a time. */
  readRows(table: TableShape): AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>;
  close(): Promise<void>;
}

/** One of the rows breaks a rule of its table; the message says which rule. */
export class RowRejected extends Error {
  override readonly name = 'RowRefused';
}

/** How far an import has come. */
export interface ImportMark {
  /** Which archive it is. */
  readonly archiveId: string;
  /** Rows of it that are stored. */
  readonly rows: number;
}

/** A store that is being filled. It serves nobody until it is finished. */
export interface ArchiveTarget extends ArchiveSource {
  /** Of an import that was not finished; undefined in a store without one. */
  readMark(): Promise<ImportMark | undefined>;
  /** Whether nothing was ever stored. */
  isEmpty(): Promise<boolean>;
  /** Takes away what every new store has, and leaves the first mark. */
  begin(mark: ImportMark): Promise<void>;
  /** Stores the rows with the mark behind them, or nothing. @throws {RowRefused} for a row that no store takes. */
  writeRows(table: TableShape, rows: readonly (readonly Cell[])[], mark: ImportMark): Promise<void>;
  /** What does not fit together, each in a line for a person; none: all is well. */
  findFaults(): Promise<readonly string[]>;
  /** Takes the mark away and draws a new generation: from here on it may serve. */
  finish(): Promise<void>;
}
