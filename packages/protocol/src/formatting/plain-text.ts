/** A message as one line without markup, for notifications, quotes and screen readers. Pure. */
import { showBidiControls } from './bidi-controls.ts';
import type { Block, Inline } from './formatted-text.ts';
import { parseFormattedText } from './parse-blocks.ts';

/** Text of a mention by its name, in lower case; undefined leaves it as it is written. */
type MentionText = (name: string) => string | undefined;

/** In place of a spoiler. */
const HIDDEN = '\u2588\u2588\u2588\u2588';

/** @param mentionText Default: mentions stay as they are written. */
export function toPlainText(text: string, mentionText?: MentionText): string {
  const blocks = parseFormattedText(text).map((block) => textOfBlock(block, mentionText));
  return blocks.join(' ').replace(/\s+/g, ' ').trim();
}

function textOfBlock(block: Block, mentionText?: MentionText): string {
  switch (block.kind) {
    case 'paragraph':
    case 'heading':
      return textOf(block.content, mentionText);
    case 'quote':
      return block.blocks.map((each) => textOfBlock(each, mentionText)).join(' ');
    case 'code':
      return showBidiControls(block.text);
    case 'list':
      return block.items
        .flatMap(({ content, blocks }) => [
          textOf(content, mentionText),
          ...blocks.map((each) => textOfBlock(each, mentionText)),
        ])
        .join(' ');
    case 'table':
      return [block.header, ...block.rows]
        .flatMap((row) => row.map((cell) => textOf(cell, mentionText)))
        .join(' ');
  }
}

function textOf(content: readonly Inline[], mentionText?: MentionText): string {
  return content
    .map((each) => {
      if (each.kind === 'spoiler') return HIDDEN;
      if ('content' in each) return textOf(each.content, mentionText);
      if (each.kind === 'code') return showBidiControls(each.text);
      return (each.kind === 'mention' ? mentionText?.(each.name) : undefined) ?? each.text;
    })
    .join('');
}
