/** Formats the lines of `parley export --format jsonl` as Markdown for the documents. */
import { LINE_KINDS } from '../../packages/server/src/archive/readable-lines.ts';
import { table } from './table.ts';

export function exportLinesSection(): string {
  const rows = LINE_KINDS.map(({ type, about, fields }) => [
    `\`${type}\``,
    Object.keys(fields)
      .map((field) => `\`${field}\``)
      .join(', '),
    about,
  ]);
  return table(['`type`', 'fields', 'what it is'], rows);
}
