/**
 * Parses the text of a message: paragraphs, headings, quotes, lists, tables and code. Pure, and
 * linear in the length of the text. A style never continues over the end of a line, so a lone marker
 * changes at most its own line, and a marker that formats nothing stays as it is written.
 */
import type { Block, Inline } from './formatted-text.ts';
import { type InlineOptions, parseInlines } from './parse-inlines.ts';
import { listReader, numberOf } from './parse-list.ts';
import { isTableAt, parseTable } from './parse-table.ts';

/** Quotes within quotes; deeper signs stay text. */
const QUOTE_DEPTH_MAX = 3;

const FENCE = /^ {0,3}(`{3,}|~{3,})([\w+#.-]{0,30})\s*$/;
const HEADING = /^ {0,3}(#{1,6}) +(?=\S)/;
/** Three signs without spaces are the prompt of a shell. */
const QUOTE = /^ {0,3}>>? +(?=\S)/;
/** Within a quote, an empty line. */
const QUOTE_BLANK = /^ {0,3}>{1,3}\s*$/;
const QUOTE_SIGN = /^ {0,3}> ?/;
const BULLET = /^ {0,6}[-*•] +(?=\S)/;
/** A backslash before the sign of a heading, a quote, a list or a block of code. */
const ESCAPED_SIGN = /^( {0,6}\d{0,9})\\(?=[#>*.)`~-])/;

type LineKind = 'code' | 'heading' | 'quote' | 'list' | 'table' | 'blank' | 'paragraph';

export function parseFormattedText(text: string, options?: InlineOptions): readonly Block[] {
  return parseLines(text.split('\n'), 0, options);
}

function parseLines(
  lines: readonly string[],
  depth: number,
  options: InlineOptions | undefined,
): readonly Block[] {
  const blocks: Block[] = [];
  const quoted = quotedLines(lines);
  const lastText = lines.findLastIndex((line) => line.trim() !== '');
  const readList = listReader(lines, (line) => parseInlines(line, options));
  let at = 0;
  /** Lines from here on while they match; moves on behind them. */
  const takeWhile = (matches: (line: string, index: number) => boolean): string[] => {
    const from = at;
    while (at < lines.length && matches(lines[at] ?? '', at)) at += 1;
    return lines.slice(from, at);
  };
  const kindOf = (line: string, index: number): LineKind => {
    if (index < lastText && FENCE.test(line)) return 'code';
    if (HEADING.test(line)) return 'heading';
    if (depth < QUOTE_DEPTH_MAX && QUOTE.test(line)) return 'quote';
    if (BULLET.test(line)) return 'list';
    const number = numberOf(line);
    // A sentence may start with a number: "2026. A good year."
    if (number === 1 || (number > 1 && numberOf(lines[index + 1]) === number + 1)) return 'list';
    if (isTableAt(lines, index)) return 'table';
    return line.trim() === '' ? 'blank' : 'paragraph';
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const kind = kindOf(line, at);
    if (kind === 'code') {
      const [, ticks = '', language = ''] = FENCE.exec(line) ?? [];
      at += 1;
      const body = takeWhile((each) => {
        const [, closing = '', other] = FENCE.exec(each) ?? [];
        return !closing.startsWith(ticks) || other !== '';
      });
      // A fence that is not closed reaches to the end.
      at += 1;
      blocks.push({ kind, language: language.toLowerCase(), text: body.join('\n') });
    } else if (kind === 'heading') {
      const [sign = '', { length: level } = ''] = HEADING.exec(line) ?? [];
      blocks.push({ kind, level, content: parseInlines(line.slice(sign.length), options) });
      at += 1;
    } else if (kind === 'quote') {
      const inner = takeWhile((_, index) => quoted[index] === true).map((each) =>
        each.replace(QUOTE_SIGN, ''),
      );
      blocks.push({ kind, blocks: parseLines(inner, depth + 1, options) });
    } else if (kind === 'list') {
      const { list, end } = readList(at);
      blocks.push(list);
      at = end;
    } else if (kind === 'table') {
      const body = at + 2;
      const rows = takeWhile(
        (each, index) =>
          index < body ||
          (each.includes('|') && ['table', 'paragraph'].includes(kindOf(each, index))),
      );
      blocks.push(parseTable(rows, (cell) => parseInlines(cell, options)));
    } else if (kind === 'blank') at += 1;
    else {
      const paragraph = takeWhile((each, index) => kindOf(each, index) === kind);
      const content = paragraph.flatMap((each, index): readonly Inline[] => {
        const inlines = parseInlines(withoutEscapedSign(each), options);
        return index === 0 ? inlines : [{ kind: 'text', text: '\n' }, ...inlines];
      });
      blocks.push({ kind, content });
    }
  }
  return blocks;
}

/** Which lines belong to a quote: empty ones stand between others. */
function quotedLines(lines: readonly string[]): readonly boolean[] {
  let isNext = false;
  const backwards = lines.toReversed().map((line) => {
    isNext = QUOTE.test(line) || (isNext && QUOTE_BLANK.test(line));
    return isNext;
  });
  return backwards.toReversed();
}

/** Without the backslash, the line would begin a block. */
function withoutEscapedSign(line: string): string {
  const [all = '', before = ''] = ESCAPED_SIGN.exec(line) ?? [];
  if (all === '') return line;
  const unescaped = before + line.slice(all.length);
  const isSign =
    [HEADING, QUOTE, BULLET, FENCE].some((sign) => sign.test(unescaped)) ||
    !Number.isNaN(numberOf(unescaped));
  return isSign ? unescaped : line;
}
