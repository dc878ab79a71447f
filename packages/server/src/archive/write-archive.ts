/** Writes all that a store holds as an archive, a row at a time. */
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

/** Lines are handed out in pieces of about this size. */
const CHUNK_CHARACTERS = 64 * 1024;

/** The text of the archive, piece by piece; `onTable` is told of each table that is through. */
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

/** Count and hash of a table as it is stored: what the archive says of it, said of the store. */
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
