/**
 * Parses one line: styles, code, links and mentions. Pure, and linear in the length of
 * the line: a text of a client must not cost more than its size.
 */
import { locateMentions } from '../mentions.ts';
import type { Inline, StyleKind } from './formatted-text.ts';

/** Styles within styles; deeper markers stay text. */
const STYLE_DEPTH_MAX = 4;

const STYLES: Readonly<Record<string, StyleKind>> = Object.freeze({
  '**': 'strong',
  '*': 'emphasis',
  _: 'emphasis',
  '~~': 'strike',
});

const URL_START = /https?:\/\/[^\s<>"`]+/iy;
const NAMED_LINK = /\[([^[\]\n]{1,200})\]\((https?:\/\/[^\s()<>"]{1,2000})\)/iy;
const MARKER = /\*\*|~~|\*|_/y;
const ESCAPE = /\\[\\`*_~[\]>#-]/y;
const WORD = /[\p{L}\p{N}]/u;
const SPACE = /^\s?$/;
/** A label that looks like an address could hide where the link leads. */
const ADDRESS_LIKE = /^\s*(?:https?:|www\.)|\.\w{2,}\//i;
const TRAILING = /[.,:;!?'*_~…]$/;

/** A style marker that may open or close. */
interface Marker {
  readonly text: string;
  readonly canOpen: boolean;
  readonly canClose: boolean;
}

type Token = Inline | Marker;

export function parseInlines(line: string): readonly Inline[] {
  return matchMarkers(tokenize(line));
}

function tokenize(line: string): Token[] {
  const tokens: Token[] = [];
  const mentions = new Map(locateMentions(line).map((mention) => [mention.index, mention]));
  let text = '';
  let at = 0;
  let lastTick = line.lastIndexOf('`');
  const push = (token: Token, length: number): void => {
    if (text !== '') tokens.push({ kind: 'text', text });
    text = '';
    tokens.push(token);
    at += length;
  };
  while (at < line.length) {
    const character = line.charAt(at);
    if (character === '`' && at < lastTick) {
      const end = line.indexOf('`', at + 1);
      if (end > at + 1) {
        push({ kind: 'code', text: line.slice(at + 1, end) }, end + 1 - at);
        continue;
      }
      lastTick = end === at + 1 ? lastTick : -1;
    }
    const mention = mentions.get(at);
    if (mention !== undefined) {
      push({ kind: 'mention', name: mention.name, text: mention.text }, mention.text.length);
      continue;
    }
    const escaped = character === '\\' ? match(ESCAPE, line, at) : undefined;
    if (escaped !== undefined) {
      text += escaped.charAt(1);
      at += 2;
      continue;
    }
    const link = linkAt(line, at, character);
    if (link !== undefined) {
      push(link.token, link.length);
      continue;
    }
    const marker = match(MARKER, line, at);
    if (marker !== undefined) {
      push(markerAt(line, at, marker), marker.length);
      continue;
    }
    text += character;
    at += 1;
  }
  if (text !== '') tokens.push({ kind: 'text', text });
  return tokens;
}

function linkAt(
  line: string,
  at: number,
  character: string,
): { readonly token: Inline; readonly length: number } | undefined {
  if (character === '[') {
    NAMED_LINK.lastIndex = at;
    const [all = '', label = '', href = ''] = NAMED_LINK.exec(line) ?? [];
    if (all === '' || ADDRESS_LIKE.test(label)) return undefined;
    return { token: { kind: 'link', href, text: label }, length: all.length };
  }
  if (character !== 'h' && character !== 'H') return undefined;
  if (WORD.test(line.charAt(at - 1))) return undefined;
  const found = match(URL_START, line, at);
  const href = found === undefined ? '' : trimAddress(found);
  if (href.length <= 'https://'.length) return undefined;
  return { token: { kind: 'link', href, text: href }, length: href.length };
}

/** Punctuation after an address belongs to the sentence; a bracket only if it is not paired. */
function trimAddress(found: string): string {
  // The address of a link whose label is an address too.
  let [href = ''] = found.split('](', 1);
  let closing = count(href, ')') - count(href, '(');
  for (;;) {
    if (TRAILING.test(href)) href = href.slice(0, -1);
    else if (href.endsWith(')') && closing > 0) {
      href = href.slice(0, -1);
      closing -= 1;
    } else return href;
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

function markerAt(line: string, at: number, text: string): Marker {
  const before = line.charAt(at - 1);
  const after = line.charAt(at + text.length);
  // `2*3*4` and `snake_case_name` are not emphasis.
  const isBound = text.length === 2;
  return {
    text,
    canOpen: !SPACE.test(after) && (isBound || !WORD.test(before)),
    canClose: !SPACE.test(before) && (isBound || !WORD.test(after)),
  };
}

function isClosing(token: Token | undefined, text: string): token is Marker {
  return token !== undefined && !('kind' in token) && token.text === text && token.canClose;
}

interface Frame {
  readonly marker: string | undefined;
  readonly content: Inline[];
}

/** Matches opening and closing markers with a stack; markers without a partner are text. */
function matchMarkers(tokens: readonly Token[]): readonly Inline[] {
  const root: Frame = { marker: undefined, content: [] };
  const stack: Frame[] = [root];
  const top = (): Frame => stack.at(-1) ?? root;
  const flatten = (): void => {
    const frame = stack.pop();
    if (frame?.marker === undefined) return;
    addText(top().content, frame.marker);
    for (const inline of frame.content) add(top().content, inline);
  };
  const rest = [...tokens];
  for (let index = 0; index < rest.length; index += 1) {
    const next = rest[index + 1];
    // `***both***` opens `**` first, so its end closes `*` first.
    if (top().marker === '*' && isClosing(rest[index], '**') && isClosing(next, '*')) {
      [rest[index], rest[index + 1]] = [next, rest[index] ?? next];
    }
    const token = rest[index];
    if (token === undefined) break;
    if ('kind' in token) {
      add(top().content, token);
      continue;
    }
    const openAt = stack.findLastIndex(({ marker }) => marker === token.text);
    if (
      token.canClose &&
      openAt > 0 &&
      (stack[openAt]?.content.length ?? 0) + stack.length - openAt > 1
    ) {
      while (stack.length - 1 > openAt) flatten();
      const frame = stack.pop();
      const kind = STYLES[token.text];
      if (frame !== undefined && kind !== undefined) {
        top().content.push({ kind, content: frame.content });
      }
    } else if (token.canOpen && openAt < 0 && stack.length <= STYLE_DEPTH_MAX) {
      stack.push({ marker: token.text, content: [] });
    } else addText(top().content, token.text);
  }
  while (stack.length > 1) flatten();
  return root.content;
}

function add(content: Inline[], inline: Inline): void {
  if (inline.kind === 'text') addText(content, inline.text);
  else content.push(inline);
}

/** Joins neighbouring texts. */
function addText(content: Inline[], text: string): void {
  const last = content.at(-1);
  if (last?.kind === 'text') content[content.length - 1] = { kind: 'text', text: last.text + text };
  else content.push({ kind: 'text', text });
}

function match(pattern: RegExp, line: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(line)?.[0];
}
