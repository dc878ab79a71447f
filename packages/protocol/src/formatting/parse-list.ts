/**
 * Parses lists, lists within their items, and tasks. Pure, and linear in the length of the lines: each
 * level looks at a line at most once.
 */
import type { Block, Inline, ListItem } from './formatted-text.ts';

/** Lists within lists; deeper ones continue the last level. */
const LIST_DEPTH_MAX = 6;
/** Spaces by which a line must begin after the one around it. */
const INDENT_MIN = 2;
const TAB_WIDTH = 4;

/** Only within a list a line begins later than after six spaces. */
const ITEM = /^([ \t]{0,40})(?:[-*•]|(0|[1-9]\d{0,8})[.)]) +(?=\S)/;
const NUMBER = /^ {0,6}(0|[1-9]\d{0,8})[.)] +(?=\S)/;
const TASK = /^\[([ xX])\] +(?=\S)/;

type List = Extract<Block, { readonly kind: 'list' }>;

interface Item {
  readonly indent: number;
  /** Undefined for a bullet. */
  readonly number: number | undefined;
  readonly text: string;
}

/** NaN if it is no item of a numbered list. */
export function numberOf(line: string | undefined): number {
  return Number(NUMBER.exec(line ?? '')?.[1]);
}

/** Returns a function that reads the list whose first item is the line at an index. */
export function listReader(
  lines: readonly string[],
  parseLine: (line: string) => readonly Inline[],
): (from: number) => { readonly list: List; readonly end: number } {
  const read = (from: number, first: Item, depth: number): { list: List; end: number } => {
    const items: { content: readonly Inline[]; checked?: boolean; blocks: Block[] }[] = [];
    let step: number | undefined;
    let around = first.indent;
    let at = from;
    for (let item: Item | undefined = first; item !== undefined; item = itemOf(lines[at])) {
      const { indent, number, text } = item;
      const last = items.at(-1);
      if (last !== undefined && indent >= around + INDENT_MIN && depth < LIST_DEPTH_MAX) {
        const inner = read(at, item, depth + 1);
        last.blocks.push(inner.list);
        at = inner.end;
        continue;
      }
      if (depth > 1 && indent < first.indent) break;
      if ((number === undefined) !== (first.number === undefined)) break;
      if (last !== undefined && number !== undefined && first.number !== undefined) {
        // All have the same number, or each the next one.
        step ??= number === first.number ? 0 : 1;
        if (number !== first.number + step * items.length) break;
      }
      around = indent;
      items.push(parseItem(text));
      at += 1;
    }
    return { list: { kind: 'list', start: first.number, items }, end: at };
  };

  const parseItem = (text: string): ListItem & { blocks: Block[] } => {
    const task = TASK.exec(text);
    if (task === null) return { content: parseLine(text), blocks: [] };
    const content = parseLine(text.slice(task[0].length));
    return { content, checked: task[1] !== ' ', blocks: [] };
  };

  return (from) => read(from, itemOf(lines[from]) as Item, 1);
}

function itemOf(line: string | undefined): Item | undefined {
  const found = ITEM.exec(line ?? '');
  if (found === null || line === undefined) return undefined;
  const { 0: sign, 1: space = '', 2: number } = found;
  return {
    indent: space.replaceAll('\t', ' '.repeat(TAB_WIDTH)).length,
    number: number === undefined ? undefined : Number(number),
    text: line.slice(sign.length),
  };
}
