/**
 * Reads an archive line by line and checks it: format, counts, hashes and the end line. Memory use
 * is bounded, whatever the file contains.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Cell } from '../ports/archive.ts';
import { ArchiveError } from './archive-error.ts';
import { FORMAT, type HeaderLine, type TableEndLine, type TableLine } from './format.ts';
import { describeInvalidRow } from './row-rules.ts';

export type ArchivePart =
  | ({ readonly kind: 'header' } & HeaderLine)
  | ({ readonly kind: 'table' } & TableLine)
  | {
      readonly kind: 'row';
      readonly row: readonly Cell[];
      readonly bytes: number;
      readonly line: number;
    }
  | ({ readonly kind: 'table-end' } & TableEndLine);

/** The longest message with every character escaped is far below this size. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

/** @throws {ArchiveError} with the number of the damaged line. */
export async function* readArchive(chunks: AsyncIterable<Buffer>): AsyncGenerator<ArchivePart> {
  const whole = createHash('sha256');
  let table: { readonly columns: number; readonly content: Hash; rows: number } | undefined;
  let number = 0;
  let isEnded = false;
  const damaged = (why: string) =>
    new ArchiveError(`The archive is damaged in line ${number}: ${why}.`);

  for await (const bytes of splitLines(chunks)) {
    number += 1;
    if (isEnded) throw damaged('there is data after the end line');
    const line = parse(bytes);
    if (number === 1) {
      yield readHeader(line);
    } else if (Array.isArray(line)) {
      if (table === undefined) throw damaged('a row is outside a table');
      if (line.length !== table.columns || !line.every(isCell)) {
        throw damaged(`a row does not have ${table.columns} texts or numbers`);
      }
      table.content.update(bytes);
      table.rows += 1;
      yield { kind: 'row', row: line, bytes: bytes.byteLength, line: number };
    } else if (isTableLine(line)) {
      if (table !== undefined) throw damaged('a table starts inside another one');
      table = { columns: line.columns.length, content: createHash('sha256'), rows: 0 };
      yield { kind: 'table', ...line };
    } else if (isTableEndLine(line)) {
      if (table === undefined) throw damaged('a table ends that did not start');
      if (table.rows !== line.rows) throw damaged(`there are ${table.rows} rows, not ${line.rows}`);
      if (table.content.digest('hex') !== line.sha256)
        throw damaged('the hash of the rows above does not match');
      table = undefined;
      yield { kind: 'table-end', ...line };
    } else if (isEndLine(line)) {
      if (table !== undefined) throw damaged('it ends inside a table');
      if (whole.digest('hex') !== line.sha256)
        throw damaged('the hash of the lines above does not match');
      isEnded = true;
      continue;
    } else {
      throw damaged('this is not a line of an archive');
    }
    whole.update(bytes);
  }
  if (number === 0) throw new ArchiveError('The archive is empty.');
  if (!isEnded) throw new ArchiveError(`The archive is cut off after line ${number}.`);
}

/**
 * Reads the whole archive only to check it.
 *
 * @throws {ArchiveError} with the number of a line that is damaged, or has a value that no server would
 *   have stored.
 */
export async function checkArchive(chunks: AsyncIterable<Buffer>): Promise<void> {
  let table: TableLine | undefined;
  for await (const part of readArchive(chunks)) {
    if (part.kind === 'table') table = part;
    if (part.kind !== 'row' || table === undefined) continue;
    const invalid = describeInvalidRow(table.table, table.columns, part);
    if (invalid !== undefined) throw new ArchiveError(`${invalid}.`);
  }
}

/** Yields each line with its line break; text after the last line break is a line too. */
async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
      yield bytes.subarray(0, end + 1);
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.byteLength > LINE_BYTES_MAX) {
      throw new ArchiveError(`The archive has a line of more than ${LINE_BYTES_MAX} bytes.`);
    }
    rest = bytes;
  }
  if (rest.byteLength > 0) yield rest;
}

/** Undefined for text that is not JSON; no valid line is undefined. */
function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function readHeader(line: unknown): ArchivePart {
  if (!isObject(line) || line['archive'] !== 'parley' || typeof line['id'] !== 'string') {
    throw new ArchiveError('This is not a Parley archive.');
  }
  if (line['format'] !== FORMAT) {
    throw new ArchiveError(
      `The archive has format ${line['format']}; this Parley reads format ${FORMAT}. Use a newer Parley.`,
    );
  }
  return {
    kind: 'header',
    archive: 'parley',
    format: FORMAT,
    id: line['id'],
    createdAt: String(line['createdAt']),
  };
}

function isCell(value: unknown): value is Cell {
  return value === null || typeof value === 'string' || Number.isSafeInteger(value);
}

function isTableLine(line: unknown): line is TableLine {
  return (
    isObject(line) &&
    typeof line['table'] === 'string' &&
    Array.isArray(line['columns']) &&
    line['columns'].every((column) => typeof column === 'string') &&
    new Set(line['columns']).size === line['columns'].length
  );
}

function isTableEndLine(line: unknown): line is TableEndLine {
  return isObject(line) && Number.isSafeInteger(line['rows']) && typeof line['sha256'] === 'string';
}

function isEndLine(line: unknown): line is { readonly sha256: string } {
  return isObject(line) && line['end'] === 'parley' && typeof line['sha256'] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
