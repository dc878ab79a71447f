/** Finds addresses in a line, and what is shown of them. Pure, and linear in the length of the line. */
import { showBidiControls } from './bidi-controls.ts';
import { characterAt, characterBefore, isUnspaced, isWord, matchAt } from './characters.ts';

const SCHEME = /https?:\/\//iy;
/** User, host and port, and what a sentence may end with behind them. */
const HEAD = /[/\\]*[^/\\?#]*[.,:;!?'*_~|]*/y;
/** Characters that an address of any kind may contain. */
const PLAIN = /[\w!#$%&'*+,./:;=?@\\^|~-]+/y;
const NEVER_WITHIN = /^[\s<>"`\p{Cc}\u200b]/u;
const OPENING = /^[\p{Ps}\p{Pi}]/u;
/** Brackets of Chinese and Japanese, whose addresses have others. */
const FULL_WIDTH_OPENING = /^[\u3008-\u301b\uff08\uff3b\uff5b\uff5f\uff62]/u;
const CLOSING = /^[\p{Pe}\p{Pi}\p{Pf}]/u;
/** Punctuation of sentences in scripts other than Latin. */
const SENTENCE_END = /^[\p{Term}\u2025\u2026]/u;
const EMOJI = /^\p{So}/u;
/** Before a letter of a script without spaces, these show that the address continues. */
const CONTINUES = /[/=_#?&+(%-]$/;
/** Punctuation after an address belongs to the sentence. */
const TRAILING = /^[.,:;!?']/;
const MARKERS = ['**', '~~', '||', '*', '_'];

/** Parts of the address of a named link. */
const PART = /[()]|[^\s()<>"`\p{Cc}\u200b]+/uy;

const LABEL_LENGTH_MAX = 200;
/** Brackets within brackets in an address. */
const DEPTH_MAX = 20;

/** Finds an address that is not within a word, such as `https://example.com/path`. */
export function bareAddressAt(
  line: string,
  at: number,
  isOpen: (marker: string) => boolean,
): string | undefined {
  const scheme = matchAt(SCHEME, line, at);
  if (scheme === '' || isWord(characterBefore(line, at))) return undefined;
  const from = at + scheme.length;
  const headEnd = from + matchAt(HEAD, line, from).length;
  // Nothing behind it makes an address of a head that is none, and each scheme has a head of its own.
  const isHead = hostOf(line.slice(at, headEnd)) !== undefined;
  let href = line.slice(at, addressEnd(isHead ? line : line.slice(0, headEnd + 2), from));
  const open = MARKERS.filter(isOpen);
  for (;;) {
    // A marker that ends a style around the address is no part of it.
    const marker = open.findIndex((each) => href.endsWith(each));
    if (marker >= 0) href = href.slice(0, -(open.splice(marker, 1)[0]?.length ?? 0));
    else if (TRAILING.test(href.slice(-1))) href = href.slice(0, -1);
    else break;
  }
  return hostOf(href) === undefined ? undefined : href;
}

/** An address ends before closing punctuation, unless it contains the opening one too. */
function addressEnd(line: string, from: number): number {
  const open: { readonly code: number; readonly at: number }[] = [];
  let end = from;
  let isHost = true;
  while (end < line.length && open.length < DEPTH_MAX) {
    const plain = matchAt(PLAIN, line, end);
    end += plain.length;
    isHost &&= !/[/?#]/.test(plain);
    if (plain !== '') continue;
    const character = characterAt(line, end);
    const code = character.codePointAt(0) ?? 0;
    if (NEVER_WITHIN.test(character) || FULL_WIDTH_OPENING.test(character)) break;
    // `(` and `)` are neighbours in Unicode; between `[` and `]` is one character.
    if (CLOSING.test(character) && isPair(open.at(-1)?.code ?? code, code)) open.pop();
    else if (OPENING.test(character)) open.push({ code, at: end });
    else if (CLOSING.test(character) || SENTENCE_END.test(character)) break;
    else if (isUnspaced(character) || EMOJI.test(character)) {
      const before = line.charAt(end - 1);
      const isNextLabel = before === '.' && isHost;
      if (before <= '\u007f' && !CONTINUES.test(before) && !isNextLabel) break;
    }
    end += character.length;
  }
  return Math.min(end, open[0]?.at ?? end);
}

function isPair(opening: number, closing: number): boolean {
  const distance = closing - opening;
  // `«` and `»`.
  return distance === 1 || distance === 2 || (opening === 0xab && closing === 0xbb);
}

/** Finds `[label](address)` at an opening bracket whose partner is known. */
export function namedLinkAt(
  line: string,
  at: number,
  labelEnd: number,
): { readonly href: string; readonly text: string; readonly end: number } | undefined {
  if (line.charAt(labelEnd + 1) !== '(' || labelEnd - at - 1 > LABEL_LENGTH_MAX) return undefined;
  const label = line.slice(at + 1, labelEnd).replace(/\\(?=[[\]])/g, '');
  if (label.includes('](') || withoutInvisible(label).trim() === '') return undefined;
  const from = labelEnd + 2;
  if (matchAt(SCHEME, line, from) === '') return undefined;
  let depth = 1;
  let end = from;
  while (depth > 0 && depth < DEPTH_MAX) {
    const part = matchAt(PART, line, end);
    if (part === '(') depth += 1;
    else if (part === ')') depth -= 1;
    else if (part === '') return undefined;
    end += part.length;
  }
  const href = line.slice(from, end - 1);
  if (depth > 0 || hostOf(href) === undefined) return undefined;
  return { href, text: textBesideAddress(label, href), end };
}

const INVISIBLE = /[\p{DI}\p{Cc}\u2800]/gu;
/** Characters that look like a dot, and are none by NFKC. */
const DOTS = /[\u2024\ua4f8\u0660\u06f0\u0701\u0702]|\u3002(?=[a-z])/gi;
const HOST =
  /(?:[\p{L}\p{M}\p{N}-]+\.)+(?:xn--[a-z\d-]+|[\p{L}\p{M}]{2,})|\d+(?:\.\d+){3}|(?<=:\/\/)[^/]+/gu;
const HAS_USER = /^https?:\/\/[^/?#\\]*@/i;

/**
 * The text of a link. If its label names another host, the host of the address stands beside it, as
 * it does if an address begins with a username.
 */
export function textBesideAddress(label: string, href: string): string {
  const shown = showBidiControls(label);
  const host = hostOf(href);
  const isOther =
    label === href
      ? HAS_USER.test(href)
      : (toSkeleton(label).match(HOST) ?? []).some((each) => hostOf(`https://${each}`) !== host);
  return isOther ? `${shown} (${host ?? showBidiControls(href)})` : shown;
}

function withoutInvisible(text: string): string {
  return text.replace(INVISIBLE, '');
}

/** A label as people read it: without invisible characters, and with the usual ones in place of similar ones. */
function toSkeleton(label: string): string {
  return withoutInvisible(label.normalize('NFKC')).toLowerCase().replace(DOTS, '.');
}

/** Undefined if it is no address. */
function hostOf(href: string): string | undefined {
  return URL.canParse(href) ? new URL(href).hostname : undefined;
}
