/**
 * The users that a text mentions: `@name`, `@everyone` or `@room` for all members of the room, and `@here` for those present: exactly
 * those that the formatter shows as mentions. Pure.
 */
import { CORE_LIMITS } from './core-limits.ts';
import type { Block, Inline } from './formatting/formatted-text.ts';
import { EVERYONE, HERE, mentionNames } from './formatting/mention-syntax.ts';
import { parseFormattedText } from './formatting/parse-blocks.ts';
import type { InlineOptions } from './formatting/parse-inlines.ts';

/** Users that a text mentions, as written. Membership is checked elsewhere. */
export interface Mentions {
  readonly everyone: boolean;
  /** Those present, in addition to the names. */
  readonly here?: true;
  /** In lower case, each once. `mentionNames` gives the usernames that each may mean. */
  readonly names: readonly string[];
}

const NO_MENTIONS: Mentions = Object.freeze({ everyone: false, names: Object.freeze([]) });

export function findMentions(text: string): Mentions {
  if (!text.includes('@')) return NO_MENTIONS;
  const names = new Set(writtenNames(text));
  const namesLike = (words: readonly string[]): string[] =>
    [...names].filter((name) => mentionNames(name).some((each) => words.includes(each)));
  const [everyone, here] = [namesLike(EVERYONE), namesLike([HERE])];
  for (const name of [...everyone, ...here]) names.delete(name);
  return {
    everyone: everyone.length > 0,
    ...(here.length > 0 ? { here: true } : {}),
    names: [...names].slice(0, CORE_LIMITS.mentionsPerMessageMax),
  };
}

/** Whether a text mentions one of these names, which may be shorter than usernames are. */
export function mentionsOneOf(text: string, names: readonly string[]): boolean {
  if (!text.includes('@')) return false;
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return writtenNames(text, { nameLengthMin: 1 }).some((written) =>
    mentionNames(written, 1).some((name) => wanted.has(name)),
  );
}

function writtenNames(text: string, options?: InlineOptions): string[] {
  const names: string[] = [];
  const addOf = (content: readonly Inline[]): void => {
    for (const each of content) {
      if (each.kind === 'mention') names.push(each.name);
      else if ('content' in each) addOf(each.content);
    }
  };
  for (const content of inlinesOf(parseFormattedText(text, options))) addOf(content);
  return names;
}

function inlinesOf(blocks: readonly Block[]): readonly (readonly Inline[])[] {
  return blocks.flatMap((block) => inlinesOfBlock(block));
}

function inlinesOfBlock(block: Block): readonly (readonly Inline[])[] {
  switch (block.kind) {
    case 'paragraph':
    case 'heading':
      return [block.content];
    case 'quote':
      return inlinesOf(block.blocks);
    case 'list':
      return block.items.flatMap(({ content, blocks }) => [content, ...inlinesOf(blocks)]);
    case 'table':
      return [block.header, ...block.rows].flat();
    case 'code':
      return [];
  }
}
