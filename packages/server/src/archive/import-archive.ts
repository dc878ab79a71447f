/**
 * Fills an empty store from an archive, and compares what it then holds with what
 * the archive says. An import that was interrupted goes on where it stood; until it
 * is finished the store serves nobody.
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
import { digestTable } from './write-archive.ts';

/** Rows, and bytes of them, that are stored at once. */
const BATCH_ROWS = 1_000;
const BATCH_BYTES = 1024 * 1024;

type RowPart = Extract<ArchivePart, { kind: 'row' }>;

/**
 * @returns the rows of each table.
 * @throws {ArchiveError} for a damaged archive, or a store that already holds something.
 */
export async function importArchive(
  chunks: AsyncIterable<Buffer>,
  target: ArchiveTarget,
): Promise<ReadonlyMap<string, number>> {
  const filling = new Filling(target);
  for await (const part of readArchive(chunks)) await filling.take(part);
  await filling.verify();
  await target.finish();
  return filling.rowCounts;
}

class Filling {
  readonly #target: ArchiveTarget;
  readonly #ends: { readonly table: TableShape; readonly end: TableEndLine }[] = [];
  #archiveId = '';
  /** Rows that an earlier attempt has stored. */
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

  async take(part: ArchivePart): Promise<void> {
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

  /** What is stored is what was archived, and it fits together. */
  async verify(): Promise<void> {
    for (const { table, end } of this.#ends) {
      const { rows, sha256 } = await digestTable(this.#target, table);
      if (rows !== end.rows) {
        throw spoilt(`${table.name} has ${rows} rows after the import, not ${end.rows}`);
      }
      if (sha256 !== end.sha256) {
        throw spoilt(`${table.name} is not after the import what it was in the archive`);
      }
    }
    const [fault] = await this.#target.findFaults();
    if (fault !== undefined) throw spoilt(`What the archive holds does not fit together: ${fault}`);
  }

  /** How many rows are stored already: of this very archive, by an attempt before this one. */
  async #begin(): Promise<number> {
    const mark = await this.#target.readMark();
    if (mark === undefined) {
      if (!(await this.#target.isEmpty())) {
        throw new ArchiveError(
          'The store already holds something: an import goes into an empty one only.',
        );
      }
      await this.#target.begin(this.#mark(0));
      return 0;
    }
    if (mark.archiveId !== this.#archiveId) {
      throw new ArchiveError(
        'The store holds a part of another archive: go on with that one, or begin with an empty store.',
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
        `The archive has ${what}, which this Parley does not know. Use a newer Parley.`,
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

  /** Rows up to that count; where one is refused, those before it, and its line is told. */
  async #store(table: TableShape, parts: readonly RowPart[], upTo: number): Promise<void> {
    try {
      const rows = parts.map(({ row }) => row);
      await this.#target.writeRows(table, rows, this.#mark(upTo));
    } catch (error) {
      if (!(error instanceof RowRejected)) throw error;
      const [part] = parts;
      if (parts.length === 1 && part !== undefined) throw rejected(table, part, error);
      // Which one it is shows when they are halved.
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
  return spoilt(`Line ${line} of the archive, in ${name}, cannot be stored: ${why}`, error);
}

/** What is stored by now leads nowhere, whichever archive comes next. */
function spoilt(why: string, cause?: Error): ArchiveError {
  return new ArchiveError(`${why}. Another attempt needs an empty store.`, { cause });
}
