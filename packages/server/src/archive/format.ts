/**
 * The format of an archive: JSON Lines, readable in any language and any editor.
 *
 * A header comes first. Each table has a line with its name and columns, one line per row with the
 * values in that order, and a line with the number and the SHA-256 of its row lines. The last line
 * has the SHA-256 of everything above it. Damage is therefore detected anywhere in the file, and a
 * truncated file has no last line.
 */
import type { Cell } from '../ports/archive.ts';

export const FORMAT = 1;

export interface HeaderLine {
  readonly archive: 'parley';
  readonly format: number;
  /** Identifies this archive; a later archive of the same store has another id. */
  readonly id: string;
  /** ISO 8601 time. */
  readonly createdAt: string;
}

export interface TableLine {
  readonly table: string;
  readonly columns: readonly string[];
}

export interface TableEndLine {
  readonly rows: number;
  readonly sha256: string;
}

export interface EndLine {
  readonly end: 'parley';
  readonly sha256: string;
}

/**
 * Serializes a row. Equal rows of different stores give equal texts, because the hashes are
 * compared.
 */
export function rowLine(row: readonly Cell[]): string {
  return `${JSON.stringify(row.map(portable))}\n`;
}

/** Replaces U+0000 and lone surrogates, which not every store can hold. */
function portable(cell: Cell): Cell {
  return typeof cell === 'string' ? cell.replaceAll('\0', '\uFFFD').toWellFormed() : cell;
}
