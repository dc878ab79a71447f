/**
 * Fills an empty store from an archive, and compares what it then holds with what
 * the archive says. An import that was interrupted goes on where it stood; until it
 * is finished the store serves nobody.
 */
import type { ArchiveTarget, Cell, ImportMark, TableShape } from '../ports/archive.ts';
import { ArchiveError } from './archive-error.ts';
import type { TableEndLine } from './format.ts';
import { type ArchivePart, readArchive } from './read-archive.ts';
import { digestTable } from './write-archive.ts';

/** Rows, and bytes of them, that are stored at once. */
const BATCH_ROWS = 1_000;
const BATCH_BYTES = 1024 * 1024;

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
  #batch: (readonly Cell[])[] = [];
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
        this.#batch.push(part.row);
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
        throw new ArchiveError(`${table.name} has ${rows} rows after the import, not ${end.rows}.`);
      }
      if (sha256 !== end.sha256) {
        throw new ArchiveError(`${table.name} is not after the import what it was in the archive.`);
      }
    }
    const [fault] = await this.#target.findFaults();
    if (fault !== undefined)
      throw new ArchiveError(`What the archive holds does not fit together: ${fault}.`);
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
    await this.#target.writeRows(this.#table, this.#batch, this.#mark(this.#taken));
    this.#batch = [];
    this.#batchBytes = 0;
  }

  #mark(rows: number): ImportMark {
    return { archiveId: this.#archiveId, rows };
  }
}
