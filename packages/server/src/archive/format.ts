/**
 * The format of an archive: JSON Lines, which any language reads and any editor shows.
 *
 * A header; for each table a line that names it with its columns, one line for each
 * row with its values in that order, and a line with the count and the SHA-256 of
 * the lines of its rows; an end line with the SHA-256 of everything above it. So
 * damage shows wherever it is, and a file that was cut off has no end.
 */
import type { Cell } from '../ports/archive.ts';

export const FORMAT = 1;

export interface HeaderLine {
  readonly archive: 'parley';
  readonly format: number;
  /** Tells this archive from any other, also from a later one of the same store. */
  readonly id: string;
  /** ISO 8601. */
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

/** The same text for the same row, whichever store it comes from: hashes are compared. */
export function rowLine(row: readonly Cell[]): string {
  return `${JSON.stringify(row.map(portable))}\n`;
}

/** Not every store has texts with U+0000, or with half a character. */
function portable(cell: Cell): Cell {
  return typeof cell === 'string' ? cell.replaceAll('\0', '\uFFFD').toWellFormed() : cell;
}
