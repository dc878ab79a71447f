/**
 * Fills an empty store from an archive and compares the result with the archive. An interrupted
 * import continues where it stopped. The store serves no clients until the import is finished.
 */
import {
  type ArchiveTarget,
  type ImportMark,
  RowRejected,
  type TableShape,
} from '../ports/archive.ts';
import { ArchiveError } from './archive-error.ts';
import type { TableEndLine } from './format.ts';
import { type ArchivePart, readArchive } from './read-archive.ts';
import { describeInvalidRow } from './row-rules.ts';
import { digestTable } from './write-archive.ts';

/** Maximum number of rows, and of their bytes, stored in one batch. */
const BATCH_ROWS = 1_000;
const BATCH_BYTES = 1024 * 1024;

type RowPart = Extract<ArchivePart, { kind: 'row' }>;

/**
 * @param copyFiles Called before the store may serve clients.
 * @returns the number of rows of each table.
 * @throws {ArchiveError} for a damaged archive, or a store that already contains data.
 */
export async function importArchive(
  chunks: AsyncIterable<Buffer>,
  target: ArchiveTarget,
  copyFiles: () => Promise<void> = async () => {},
): Promise<ReadonlyMap<string, number>> {
  const filling = new Filling(target);
  for await (const part of readArchive(chunks)) await filling.add(part);
  await filling.verify();
  await copyFiles();
  await target.finish();
  return filling.rowCounts;
}

class Filling {
  readonly #target: ArchiveTarget;
  readonly #ends: { readonly table: TableShape; readonly end: TableEndLine }[] = [];
  #archiveId = '';
  /** Number of rows stored by an earlier attempt. */
  #stored = 0;
  #taken = 0;
  #table: TableShape | undefined;
  #batch: RowPart[] = [];
  #batchBytes = 0;

  constructor(target: ArchiveTarget) {
    this.#target = target;
  }

  get rowCounts(): ReadonlyMap<string, number> {
    return new Map(this.#ends.map(({ table, end }) => [table.name, end.rows]));
  }

  async add(part: ArchivePart): Promise<void> {
    switch (part.kind) {
      case 'header':
        this.#archiveId = part.id;
        this.#stored = await this.#begin();
        return;
      case 'table':
        this.#table = this.#shapeOf(part.table, part.columns);
        return;
      case 'row':
        this.#taken += 1;
        this.#check(part);
        if (this.#taken <= this.#stored) return;
        this.#batch.push(part);
        this.#batchBytes += part.bytes;
        if (this.#batch.length >= BATCH_ROWS || this.#batchBytes >= BATCH_BYTES)
          await this.#flush();
        return;
      case 'table-end':
        await this.#flush();
        if (this.#table !== undefined) this.#ends.push({ table: this.#table, end: part });
        return;
      default:
        part satisfies never;
    }
  }

  /** @throws {ArchiveError} for a value that no server would have stored. */
  #check(part: RowPart): void {
    if (this.#table === undefined) return;
    const invalid = describeInvalidRow(this.#table.name, this.#table.columns, part);
    if (invalid !== undefined) throw unusable(invalid);
  }

  /** Verifies that the store equals the archive and that its rows are consistent. */
  async verify(): Promise<void> {
    for (const { table, end } of this.#ends) {
      const { rows, sha256 } = await digestTable(this.#target, table);
      if (rows !== end.rows) {
        throw unusable(`${table.name} has ${rows} rows after the import, not ${end.rows}`);
      }
      if (sha256 !== end.sha256) {
        throw unusable(`${table.name} differs from the archive after the import`);
      }
    }
    const [inconsistency] = await this.#target.findInconsistencies();
    if (inconsistency !== undefined)
      throw unusable(`The archive is inconsistent: ${inconsistency}`);
  }

  /** Returns how many rows of this archive an earlier attempt has stored. */
  async #begin(): Promise<number> {
    const mark = await this.#target.readMark();
    if (mark === undefined) {
      if (!(await this.#target.isEmpty())) {
        throw new ArchiveError('The store is not empty: import into an empty store only.');
      }
      await this.#target.begin(this.#mark(0));
      return 0;
    }
    if (mark.archiveId !== this.#archiveId) {
      throw new ArchiveError(
        'The store contains part of another archive: continue with that archive, or use an empty store.',
      );
    }
    return mark.rows;
  }

  #shapeOf(name: string, columns: readonly string[]): TableShape {
    const known = this.#target.tables.find((table) => table.name === name);
    const unknown = columns.find((column) => known?.columns.includes(column) !== true);
    if (known === undefined || unknown !== undefined || columns.length === 0) {
      const what = known === undefined ? `a table '${name}'` : `a column '${unknown}' in ${name}`;
      throw new ArchiveError(
        `The archive has ${what}, which this Parley does not support. Use a newer Parley.`,
      );
    }
    return { ...known, columns };
  }

  async #flush(): Promise<void> {
    if (this.#batch.length === 0 || this.#table === undefined) return;
    await this.#store(this.#table, this.#batch, this.#taken);
    this.#batch = [];
    this.#batchBytes = 0;
  }

  /**
   * Stores rows up to that count. If a row is rejected, stores the rows before it and reports its
   * line.
   */
  async #store(table: TableShape, parts: readonly RowPart[], upTo: number): Promise<void> {
    try {
      const rows = parts.map(({ row }) => row);
      await this.#target.writeRows(table, rows, this.#mark(upTo));
    } catch (error) {
      if (!(error instanceof RowRejected)) throw error;
      const [part] = parts;
      if (parts.length === 1 && part !== undefined) throw rejected(table, part, error);
      // Finds the rejected row by bisection.
      const half = Math.ceil(parts.length / 2);
      await this.#store(table, parts.slice(0, half), upTo - (parts.length - half));
      await this.#store(table, parts.slice(half), upTo);
    }
  }

  #mark(rows: number): ImportMark {
    return { archiveId: this.#archiveId, rows };
  }
}

function rejected({ name }: TableShape, { line }: RowPart, error: RowRejected): ArchiveError {
  const why = error.message.replaceAll(/\s+/g, ' ');
  return unusable(`Line ${line} of the archive, in ${name}, cannot be stored: ${why}`, error);
}

/** The rows stored so far are of no use, whichever archive is imported next. */
function unusable(why: string, cause?: Error): ArchiveError {
  return new ArchiveError(`${why}. Another attempt needs an empty store.`, { cause });
}
