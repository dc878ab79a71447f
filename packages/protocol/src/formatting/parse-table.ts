/** Parses tables of GitHub's Markdown: a header, a line of dashes, rows. Pure, and linear in the length of the lines. */
import { findCodeSpans } from './code-spans.ts';
import type { Block, Inline, TableRow } from './formatted-text.ts';

type Table = Extract<Block, { readonly kind: 'table' }>;

/** With more, the lines stay text. */
const COLUMNS_MAX = 20;
const DELIMITERS = /^[ \t|:-]+$/;
const DELIMITER = /^(:?)-+(:?)$/;

/** Whether a header and its line of dashes begin here. */
export function isTableAt(lines: readonly string[], index: number): boolean {
  const header = lines[index] ?? '';
  const delimiters = lines[index + 1] ?? '';
  if (!header.includes('|') || !delimiters.includes('|') || !DELIMITERS.test(delimiters)) {
    return false;
  }
  const columns = cellsOf(delimiters);
  return (
    columns.length <= COLUMNS_MAX &&
    columns.every((each) => DELIMITER.test(each)) &&
    cellsOf(header).length === columns.length
  );
}

export function parseTable(
  [header = '', delimiters = '', ...rows]: readonly string[],
  parseCell: (cell: string) => readonly Inline[],
): Table {
  const align = cellsOf(delimiters).map((each): Table['align'][number] => {
    const [, left, right] = DELIMITER.exec(each) ?? [];
    if (right === ':') return left === ':' ? 'center' : 'right';
    return left === ':' ? 'left' : undefined;
  });
  const parseRow = (line: string): TableRow => {
    const cells = cellsOf(line);
    // No text is lost: the last cell has what is too much.
    const last = cells.slice(align.length - 1).join(' | ');
    return [...cells.slice(0, align.length - 1), ...(last === '' ? [] : [last])].map(parseCell);
  };
  return { kind: 'table', align, header: parseRow(header), rows: rows.map(parseRow) };
}

/** Cells end at `|`, except in code and after a backslash. */
function cellsOf(line: string): readonly string[] {
  const { spans } = findCodeSpans(line);
  const cells: string[] = [];
  let cell = '';
  for (let at = 0; at < line.length; at += 1) {
    const end = spans.get(at)?.end;
    if (end !== undefined) {
      cell += line.slice(at, end);
      at = end - 1;
    } else if (line.startsWith('\\|', at)) {
      cell += '|';
      at += 1;
    } else if (line.charAt(at) === '|') {
      cells.push(cell.trim());
      cell = '';
    } else cell += line.charAt(at);
  }
  cells.push(cell.trim());
  // A sign at the beginning and one at the end stand around the cells.
  if (cells[0] === '') cells.shift();
  if (cells.at(-1) === '') cells.pop();
  return cells;
}
