/**
 * Parses one line: styles, code, links, rooms, emoji and mentions. Pure, and linear in the length of
 * the line: a text of a client must not cost more than its size.
 */
import { CORE_LIMITS } from '../core-limits.ts';
import { bareAddressAt, namedLinkAt, textBesideAddress } from './addresses.ts';
import { characterAt, characterBefore, isWord, matchAt } from './characters.ts';
import { emojiNameAt } from './emoji-syntax.ts';
import { type LineSource, resolveEscapes } from './escapes.ts';
import type { Inline, StyleKind } from './formatted-text.ts';
import { mentionFinder } from './mention-syntax.ts';
import { roomKey, roomNameAt } from './room-syntax.ts';

/** Styles within styles; deeper markers stay text. */
const STYLE_DEPTH_MAX = 4;

const STYLES: Readonly<Record<string, StyleKind>> = Object.freeze({
  '**': 'strong',
  '*': 'emphasis',
  _: 'emphasis',
  '~~': 'strike',
  '||': 'spoiler',
});

/** Nothing begins at these characters. */
const PLAIN = /[^@#:[\]hH*_~|`<]+/y;
const RUN = /\*+|_+|~+|\|+/y;
const SPACE = /^\s?$/;
const LETTER = /^[\p{L}\p{M}\p{N}]/u;
/** Between two signs, as in `>_<`, a marker opens only after one of these, and closes only before one of the others. */
const OPENS_AFTER = /^[\p{Ps}\p{Pi}\p{Pf}\p{So}"'*_~|\u2013\u2014]/u;
const CLOSES_BEFORE = /^[\p{Pe}\p{Pi}\p{Pf}\p{So}\p{Term}"'*_~|/\u2013\u2014\u2026-]/u;
const ONLY_MARKERS = /^[*_~|]*$/;

/** Options of the grammar. */
export interface InlineOptions {
  /** Names of people have at least this length. Default: as usernames have. */
  readonly nameLengthMin?: number | undefined;
}

export function parseInlines(line: string, options?: InlineOptions): readonly Inline[] {
  const source = resolveEscapes(line, (bare) => {
    const used = new Set<number>();
    parseLine(bare, options, used);
    return used;
  });
  return parseLine(source, options);
}

/** A style that is open. */
interface Frame {
  marker: string;
  /** Index of the marker. */
  at: number;
  /** Index of the run that the marker is a part of. */
  readonly run: number;
  readonly content: Inline[];
  /** The content is more than markers. */
  isFilled: boolean;
}

/** @param used Gets the indexes of the characters that format. */
function parseLine(
  source: LineSource,
  { nameLengthMin = CORE_LIMITS.usernameLengthMin }: InlineOptions = {},
  used = new Set<number>(),
): readonly Inline[] {
  const { text: line, spans, literal } = source;
  let top = frameOf('', -1, -1);
  const stack: Frame[] = [top];
  let brackets: ReadonlyMap<number, number> | undefined;

  const openAt = (wanted: string): number => stack.findLastIndex(({ marker }) => marker === wanted);
  const isOpen = (marker: string): boolean => openAt(marker) > 0;
  const open = (frame: Frame): void => {
    stack.push(frame);
    top = frame;
  };
  const pop = (): Frame => {
    const popped = top;
    stack.pop();
    top = stack.at(-1) ?? top;
    return popped;
  };
  const push = (inline: Inline): void => {
    top.content.push(inline);
    top.isFilled = true;
  };
  /** Joins neighbouring texts. */
  const addText = (text: string): void => {
    const last = top.content.at(-1);
    if (last?.kind === 'text') top.content.pop();
    top.content.push({ kind: 'text', text: last?.kind === 'text' ? last.text + text : text });
    top.isFilled ||= !ONLY_MARKERS.test(text);
  };
  /** The innermost style has no end: its marker is text. */
  const flatten = (): void => {
    const { marker, content } = pop();
    addText(marker);
    for (const each of content) {
      if (each.kind === 'text') addText(each.text);
      else push(each);
    }
  };
  /** Closes the innermost style whose marker begins the run; returns the length of the marker. */
  const close = (sign: string, at: number, length: number): number => {
    let index = stack.findLastIndex(
      ({ marker }) => marker.startsWith(sign) && (length === 3 || marker.length === length),
    );
    const frame = stack[index];
    const inner = stack[index + 1];
    if (frame === undefined) return 0;
    // `***a** b*`: of two markers of one run, the first one to close is the inner one.
    if (inner?.run === frame.run && frame.content.length === 0) {
      [frame.marker, inner.marker] = [inner.marker, frame.marker];
      inner.at = frame.at + frame.marker.length;
      index += 1;
    }
    while (stack.length - 1 > index) flatten();
    if (!top.isFilled) {
      flatten();
      return 0;
    }
    const { marker, at: from, content } = pop();
    push({ kind: STYLES[marker] ?? 'emphasis', content });
    for (let each = 0; each < marker.length; each += 1) used.add(from + each).add(at + each);
    return marker.length;
  };
  const takeMarkers = (at: number): number => {
    const sign = line.charAt(at);
    let end = at + matchAt(RUN, line, at).length;
    for (let index = at + 1; index < end; index += 1) if (literal.has(index)) end = index;
    const length = end - at;
    const isMarker = sign === '*' ? length <= 3 : length === (sign === '_' ? 1 : 2);
    const { canOpen, canClose } = flanksOf(line, at, end);
    let from = at;
    while (isMarker && canClose && from < end) {
      const closed = close(sign, from, end - from);
      if (closed === 0) break;
      from += closed;
    }
    while (isMarker && canOpen && from < end && stack.length <= STYLE_DEPTH_MAX) {
      const marker = sign.repeat(Math.min(2, end - from));
      if (isOpen(marker)) break;
      open(frameOf(marker, from, at));
      from += marker.length;
    }
    if (from < end) addText(line.slice(from, end));
    return end;
  };
  const mentionLengthAt = mentionFinder(line, nameLengthMin, (index) => {
    const isLone = line.charAt(index) === '_' && line.charAt(index - 1) !== '_';
    return isLone && isOpen('_') && flanksOf(line, index, index + 1).canClose;
  });
  /** Returns where the part that begins here ends; undefined if none does. */
  const takeAt = (at: number): number | undefined => {
    switch (line.charAt(at)) {
      case '@': {
        const end = at + mentionLengthAt(at);
        if (end === at) return undefined;
        const text = line.slice(at, end);
        push({ kind: 'mention', name: text.slice(1).toLowerCase(), text });
        return end;
      }
      case '#': {
        const text = roomNameAt(line, at);
        if (text === '') return undefined;
        push({ kind: 'room', name: roomKey(text.slice(1)), text });
        return at + text.length;
      }
      case ':': {
        const text = emojiNameAt(line, at);
        if (text === '') return undefined;
        push({ kind: 'emoji', name: text.slice(1, -1), text });
        return at + text.length;
      }
      case '[': {
        brackets ??= pairBrackets(source);
        const labelEnd = brackets.get(at) ?? at;
        const link = namedLinkAt(line, at, labelEnd);
        if (link === undefined) return undefined;
        used.add(at).add(labelEnd);
        push({ kind: 'link', href: link.href, text: link.text });
        return link.end;
      }
      case 'h':
      case 'H': {
        const href = bareAddressAt(line, at, isOpen);
        if (href === undefined) return undefined;
        push({ kind: 'link', href, text: textBesideAddress(href, href) });
        return at + href.length;
      }
      case '<': {
        const href = bareAddressAt(line, at + 1, () => false);
        const end = at + 1 + (href?.length ?? 0);
        if (href === undefined || line.charAt(end) !== '>') return undefined;
        used.add(at).add(end);
        push({ kind: 'link', href, text: textBesideAddress(href, href), isQuiet: true });
        return end + 1;
      }
      case '*':
      case '_':
      case '~':
      case '|':
        return takeMarkers(at);
      default:
        return undefined;
    }
  };

  for (let at = 0; at < line.length; ) {
    const span = spans.get(at);
    const end = literal.has(at) ? undefined : takeAt(at);
    if (span !== undefined) {
      push({ kind: 'code', text: span.text });
      at = span.end;
    } else if (end !== undefined) at = end;
    else {
      const text = matchAt(PLAIN, line, at) || line.charAt(at);
      addText(text);
      at += text.length;
    }
  }
  while (stack.length > 1) flatten();
  return top.content;
}

/** Whether the markers between two indexes may open or close: `2*3*4`, `snake_case_name` and `>_<` are not emphasis. */
function flanksOf(
  line: string,
  at: number,
  end: number,
): { readonly canOpen: boolean; readonly canClose: boolean } {
  const before = characterBefore(line, at);
  const after = characterAt(line, end);
  // Between words, `||` is an operator.
  const isBound = end - at > 1 && line.charAt(at) !== '|';
  const isBetweenSigns = isSign(before) && isSign(after);
  return {
    canOpen:
      !SPACE.test(after) &&
      (isBound || !isWord(before)) &&
      (!isBetweenSigns || OPENS_AFTER.test(before)),
    canClose:
      !SPACE.test(before) &&
      (isBound || !isWord(after)) &&
      (!isBetweenSigns || CLOSES_BEFORE.test(after)),
  };
}

function frameOf(marker: string, at: number, run: number): Frame {
  return { marker, at, run, content: [], isFilled: false };
}

function isSign(character: string): boolean {
  return !SPACE.test(character) && !LETTER.test(character);
}

/** Closing brackets by their opening ones, outside code. */
function pairBrackets({ text, spans, literal }: LineSource): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const span = spans.get(at);
    if (span !== undefined) at = span.end - 1;
    else if (literal.has(at)) continue;
    else if (text.charAt(at) === '[') open.push(at);
    else if (text.charAt(at) === ']') {
      const opening = open.pop();
      if (opening !== undefined) pairs.set(opening, at);
    }
  }
  return pairs;
}
