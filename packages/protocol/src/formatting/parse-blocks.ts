/**
 * Parses the text of a message: paragraphs, quotes, lists and code. Pure, and linear in the length
 * of the text. A style never continues over the end of a line, so a lone marker changes at most its
 * own line, and a marker that formats nothing stays as it is written.
 */
import type { Block, Inline } from './formatted-text.ts';
import { type InlineOptions, parseInlines } from './parse-inlines.ts';

/** Quotes within quotes; deeper signs stay text. */
const QUOTE_DEPTH_MAX = 3;

const FENCE = /^ {0,3}(`{3,})([\w+#.-]{0,30})\s*$/;
const QUOTE = /^ {0,3}> +(?=\S)/;
/** Within a quote, an empty line. */
const QUOTE_BLANK = /^ {0,3}>\s*$/;
const QUOTE_SIGN = /^ {0,3}> ?/;
const BULLET = /^ {0,6}[-*•] +(?=\S)/;
const NUMBER = /^ {0,6}(0|[1-9]\d{0,8})[.)] +(?=\S)/;
/** A backslash before the sign of a quote, a list or a block of code. */
const ESCAPED_SIGN = /^( {0,6}\d{0,9})\\(?=[>*.)`-])/;

type LineKind = 'code' | 'quote' | 'bullets' | 'numbers' | 'blank' | 'paragraph';

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
  let at = 0;
  /** Lines from here on while they match; moves on behind them. */
  const takeWhile = (matches: (line: string, index: number) => boolean): string[] => {
    const from = at;
    while (at < lines.length && matches(lines[at] ?? '', at)) at += 1;
    return lines.slice(from, at);
  };
  const kindOf = (line: string, index: number): LineKind => {
    if (index < lastText && FENCE.test(line)) return 'code';
    if (depth < QUOTE_DEPTH_MAX && QUOTE.test(line)) return 'quote';
    if (BULLET.test(line)) return 'bullets';
    const number = numberOf(line);
    // A sentence may start with a number: "2026. A good year."
    if (number === 1 || (number > 1 && numberOf(lines[index + 1]) === number + 1)) return 'numbers';
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
        return closing.length < ticks.length || other !== '';
      });
      // A fence that is not closed reaches to the end.
      at += 1;
      blocks.push({ kind, language: language.toLowerCase(), text: body.join('\n') });
    } else if (kind === 'quote') {
      const inner = takeWhile((_, index) => quoted[index] === true).map((each) =>
        each.replace(QUOTE_SIGN, ''),
      );
      blocks.push({ kind, blocks: parseLines(inner, depth + 1, options) });
    } else if (kind === 'bullets' || kind === 'numbers') {
      const sign = kind === 'bullets' ? BULLET : NUMBER;
      const first = at;
      const start = numberOf(line);
      const areSame = numberOf(lines[at + 1]) === start;
      const items = takeWhile((each, index) =>
        kind === 'bullets'
          ? BULLET.test(each)
          : numberOf(each) === (areSame ? start : start + index - first),
      );
      blocks.push({
        kind: 'list',
        start: kind === 'bullets' ? undefined : start,
        items: items.map((each) => parseInlines(each.replace(sign, ''), options)),
      });
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

/** NaN if it is no item of a numbered list. */
function numberOf(line: string | undefined): number {
  return Number(NUMBER.exec(line ?? '')?.[1]);
}

/** Without the backslash, the line would begin a block. */
function withoutEscapedSign(line: string): string {
  const [all = '', before = ''] = ESCAPED_SIGN.exec(line) ?? [];
  if (all === '') return line;
  const unescaped = before + line.slice(all.length);
  const isSign = [QUOTE, BULLET, NUMBER, FENCE].some((sign) => sign.test(unescaped));
  return isSign ? unescaped : line;
}
