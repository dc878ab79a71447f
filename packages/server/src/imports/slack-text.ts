/**
 * Translates the text format of Slack to that of messages here.
 * https://docs.slack.dev/messaging/formatting-message-text
 */
import { withEmoji } from './emoji-of.ts';
import type { ImportedNames } from './exported-history.ts';

/** Code, which keeps its text, or a reference in angle brackets. */
const SPECIAL = /(```[\s\S]*?```|`[^`\n]+`)|<([^<>\n]*)>/g;
const BOLD = /(^|[\s([{_~])\*(?=\S)([^*\n]*[^*\s])\*(?=$|[\s.,;:!?)\]}_~])/g;
const STRUCK = /(^|[\s([{_*])~(?=\S)([^~\n]*[^~\s])~(?=$|[\s.,;:!?)\]}_*])/g;
const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

export function toMarkdown(text: string, names: ImportedNames): string {
  let markdown = '';
  let end = 0;
  for (const match of text.matchAll(SPECIAL)) {
    const [written, code, reference = ''] = match;
    markdown += toStyled(text.slice(end, match.index));
    markdown += code === undefined ? toReference(reference, names) : unescaped(code);
    end = match.index + written.length;
  }
  return markdown + toStyled(text.slice(end));
}

function toStyled(text: string): string {
  return withEmoji(unescaped(text).replace(BOLD, '$1**$2**').replace(STRUCK, '$1~~$2~~'));
}

/** The text between angle brackets: a person, a channel, a group, or a link. */
function toReference(reference: string, { usernameOf, roomNameOf }: ImportedNames): string {
  const [target = '', label] = reference.split('|');
  const key = target.slice(1);
  if (target.startsWith('@')) return `@${usernameOf(key) ?? label ?? key}`;
  if (target.startsWith('#')) return `#${roomNameOf(key) || label || key}`;
  if (target.startsWith('!')) return label ?? toGroupMention(key);
  if (label === undefined || label === target) return unescaped(target);
  return `[${unescaped(label).replace(/[[\]]/g, ' ')}](${unescaped(target)})`;
}

/** `@channel` and `@here` reach everybody; the others are names of groups. */
function toGroupMention(key: string): string {
  return ['channel', 'everyone', 'here'].includes(key) ? '@everyone' : `@${key}`;
}

function unescaped(text: string): string {
  return text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
