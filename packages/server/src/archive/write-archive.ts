/** Writes the contents of a store as an archive, one row at a time. */
import { createHash, randomUUID } from 'node:crypto';
import type { ArchiveSource, TableShape } from '../ports/archive.ts';
import {
  type EndLine,
  FORMAT,
  type HeaderLine,
  rowLine,
  type TableEndLine,
  type TableLine,
} from './format.ts';

/** Approximate size of each chunk. */
const CHUNK_CHARACTERS = 64 * 1024;

/** Yields the text of the archive in chunks; calls `onTable` after each table. */
export async function* archiveOf(
  source: ArchiveSource,
  now: Date,
  onTable: (name: string, rows: number) => void,
): AsyncGenerator<string> {
  const whole = createHash('sha256');
  let chunk = '';
  const put = (line: string): void => {
    whole.update(line);
    chunk += line;
  };
  put(
    lineOf({ archive: 'parley', format: FORMAT, id: randomUUID(), createdAt: now.toISOString() }),
  );
  for (const table of source.tables) {
    put(lineOf({ table: table.name, columns: table.columns }));
    const content = createHash('sha256');
    let rows = 0;
    for await (const row of source.readRows(table)) {
      const line = rowLine(row);
      content.update(line);
      put(line);
      rows += 1;
      if (chunk.length >= CHUNK_CHARACTERS) {
        yield chunk;
        chunk = '';
      }
    }
    put(lineOf({ rows, sha256: content.digest('hex') }));
    onTable(table.name, rows);
  }
  yield chunk + lineOf({ end: 'parley', sha256: whole.digest('hex') });
}

/** Computes the count and hash of a stored table, as in the archive. */
export async function digestTable(source: ArchiveSource, table: TableShape): Promise<TableEndLine> {
  const content = createHash('sha256');
  let rows = 0;
  for await (const row of source.readRows(table)) {
    content.update(rowLine(row));
    rows += 1;
  }
  return { rows, sha256: content.digest('hex') };
}

function lineOf(line: HeaderLine | TableLine | TableEndLine | EndLine): string {
  return `${JSON.stringify(line)}\n`;
}
