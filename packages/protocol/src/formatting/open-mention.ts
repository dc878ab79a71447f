/** Finds the mention that is being written before the caret. Pure. */
import { CORE_LIMITS } from '../core-limits.ts';
import type { Block, Inline } from './formatted-text.ts';
import { parseFormattedText } from './parse-blocks.ts';

/** A mention that is being written. */
export interface OpenMention {
  /** Index of the `@`. */
  readonly start: number;
  /** The text after it: the beginning of a name in any script. */
  readonly query: string;
}

const OPEN_MENTION = /@([\p{L}\p{M}\p{N}_-]{0,40})$/u;
const OPEN_ROOM = /#([\p{L}\p{M}\p{Nd}_-]{0,50})$/u;

/** The mention at the end of a text, if a complete name there would be a mention. */
export function openMention(textBeforeCaret: string): OpenMention | undefined {
  const found = OPEN_MENTION.exec(textBeforeCaret);
  if (found === null) return undefined;
  const { index: start, 1: query = '' } = found;
  const name = 'x'.repeat(CORE_LIMITS.usernameLengthMin);
  const last = lastInline(parseFormattedText(`${textBeforeCaret.slice(0, start)}@${name}`));
  return last?.kind === 'mention' && last.name === name ? { start, query } : undefined;
}

/** The name of a room at the end of a text, as `openMention`. */
export function openRoom(textBeforeCaret: string): OpenMention | undefined {
  const found = OPEN_ROOM.exec(textBeforeCaret);
  if (found === null) return undefined;
  const { index: start, 1: query = '' } = found;
  const last = lastInline(parseFormattedText(`${textBeforeCaret.slice(0, start)}#x`));
  return last?.kind === 'room' ? { start, query } : undefined;
}

function lastInline(blocks: readonly Block[]): Inline | undefined {
  const block = blocks.at(-1);
  switch (block?.kind) {
    case 'quote':
      return lastInline(block.blocks);
    case 'list': {
      const item = block.items.at(-1);
      return lastInline(item?.blocks ?? []) ?? item?.content.at(-1);
    }
    case 'table':
      return (block.rows.at(-1) ?? block.header).at(-1)?.at(-1);
    case 'paragraph':
    case 'heading':
      return block.content.at(-1);
    default:
      return undefined;
  }
}
