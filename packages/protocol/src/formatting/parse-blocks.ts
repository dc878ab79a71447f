/**
 * Parses the text of a message: paragraphs, quotes, lists and code. Pure. A style never
 * continues over the end of a line, so a lone marker changes at most its own line.
 */
import type { Block, Inline } from './formatted-text.ts';
import { parseInlines } from './parse-inlines.ts';

/** Quotes within quotes; deeper signs stay text. */
const QUOTE_DEPTH_MAX = 3;

const FENCE = /^ {0,3}```([\w+#.-]{0,30})\s*$/;
const FENCE_END = /^ {0,3}```\s*$/;
const QUOTE = /^ {0,3}> ?/;
const BULLET = /^ {0,6}[-*•] +(?=\S)/;
const NUMBER = /^ {0,6}(\d{1,9})[.)] +(?=\S)/;

export function parseFormattedText(text: string): readonly Block[] {
  return parseLines(text.split('\n'), 0);
}

function parseLines(lines: readonly string[], depth: number): readonly Block[] {
  const blocks: Block[] = [];
  let at = 0;
  /** Lines from here on while they match; moves on behind them. */
  const takeWhile = (matches: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && matches(lines[at] ?? '')) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const kind = kindOf(line, depth);
    if (kind === 'code') {
      at += 1;
      const body = takeWhile((each) => !FENCE_END.test(each));
      // A fence that is not closed reaches to the end.
      at += 1;
      const [, language = ''] = FENCE.exec(line) ?? [];
      blocks.push({ kind, language: language.toLowerCase(), text: body.join('\n') });
    } else if (kind === 'quote') {
      const quoted = takeWhile((each) => QUOTE.test(each));
      const inner = quoted.map((each) => each.replace(QUOTE, ''));
      blocks.push({ kind, blocks: parseLines(inner, depth + 1) });
    } else if (kind === 'bullets') {
      const items = takeWhile((each) => BULLET.test(each));
      blocks.push(listOf(items, BULLET, undefined));
    } else if (kind === 'numbers') {
      const items = takeWhile((each) => NUMBER.test(each));
      const start = Number(NUMBER.exec(line)?.[1]);
      // A sentence may start with a number: "2026. A good year."
      if (items.length === 1 && start !== 1) blocks.push(paragraphOf(items));
      else blocks.push(listOf(items, NUMBER, start));
    } else if (kind === 'blank') at += 1;
    else blocks.push(paragraphOf(takeWhile((each) => kindOf(each, depth) === 'paragraph')));
  }
  return blocks;
}

type LineKind = 'code' | 'quote' | 'bullets' | 'numbers' | 'blank' | 'paragraph';

function kindOf(line: string, depth: number): LineKind {
  if (FENCE.test(line)) return 'code';
  if (depth < QUOTE_DEPTH_MAX && QUOTE.test(line)) return 'quote';
  if (BULLET.test(line)) return 'bullets';
  if (NUMBER.test(line)) return 'numbers';
  return line.trim() === '' ? 'blank' : 'paragraph';
}

function listOf(lines: readonly string[], sign: RegExp, start: number | undefined): Block {
  return { kind: 'list', start, items: lines.map((line) => parseInlines(line.replace(sign, ''))) };
}

function paragraphOf(lines: readonly string[]): Block {
  const content = lines.flatMap((line, index): readonly Inline[] => {
    const inlines = parseInlines(line);
    return index === 0 ? inlines : [{ kind: 'text', text: '\n' }, ...inlines];
  });
  return { kind: 'paragraph', content };
}
