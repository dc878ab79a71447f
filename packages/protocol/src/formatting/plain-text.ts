/** A message as one line without markup, for notifications, quotes and screen readers. Pure. */
import type { Block, Inline } from './formatted-text.ts';
import { parseFormattedText } from './parse-blocks.ts';

export function toPlainText(text: string): string {
  return parseFormattedText(text).map(textOfBlock).join(' ').replace(/\s+/g, ' ').trim();
}

function textOfBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return textOf(block.content);
    case 'quote':
      return block.blocks.map(textOfBlock).join(' ');
    case 'code':
      return block.text;
    case 'list':
      return block.items.map(textOf).join(' ');
  }
}

function textOf(content: readonly Inline[]): string {
  return content.map((each) => ('content' in each ? textOf(each.content) : each.text)).join('');
}
