/** Finds the addresses of a message that show a preview. Pure, and linear in the length of the text. */
import type { Block, Inline } from './formatted-text.ts';
import { parseFormattedText } from './parse-blocks.ts';

/** Previews of a message. */
const PREVIEWS_MAX = 3;
/** UTF-16 units at the beginning of a text that are searched: a server reads many texts at once. */
const SEARCHED_MAX = 2000;

/**
 * The first addresses that are written by themselves, each once: a label says what is behind it, and
 * `<…>` asks for no preview. Those in quotes belong to another message; spoilers stay covered.
 */
export function previewedLinks(text: string): readonly string[] {
  const found = new Set<string>();
  const searched = beginningOf(text);
  if (!searched.includes('://')) return [];
  for (const block of parseFormattedText(searched)) collect(block, found);
  return [...found].slice(0, PREVIEWS_MAX);
}

/** Whole words. */
function beginningOf(text: string): string {
  if (text.length <= SEARCHED_MAX) return text;
  const cut = text.slice(0, SEARCHED_MAX);
  return cut.slice(0, Math.max(0, cut.lastIndexOf(' '), cut.lastIndexOf('\n')));
}

function collect(block: Block, found: Set<string>): void {
  switch (block.kind) {
    case 'paragraph':
    case 'heading':
      collectInlines(block.content, found);
      break;
    case 'list':
      for (const { content, blocks } of block.items) {
        collectInlines(content, found);
        for (const inner of blocks) collect(inner, found);
      }
      break;
    case 'table':
      for (const row of [block.header, ...block.rows]) {
        for (const cell of row) collectInlines(cell, found);
      }
      break;
    case 'quote':
    case 'code':
      break;
    default:
      block satisfies never;
  }
}

function collectInlines(content: readonly Inline[], found: Set<string>): void {
  for (const each of content) {
    if (each.kind === 'link') {
      if (each.isQuiet !== true && each.text.startsWith(each.href)) found.add(each.href);
    } else if ('content' in each && each.kind !== 'spoiler') collectInlines(each.content, found);
  }
}

/** Writes an address in `<…>` wherever the text has it by itself: it then shows no preview. */
export function withoutPreview(text: string, href: string): string {
  return text.split(href).reduce((before, after) => {
    const isPart = /[\w<]/.test(before.slice(-1)) || before.endsWith('](');
    const isLonger = /^[.,:;]?[\w/?#&=%-]/.test(after.slice(0, 2));
    return isPart || isLonger ? `${before}${href}${after}` : `${before}<${href}>${after}`;
  });
}
