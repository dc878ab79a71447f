/** The part of a message around what was found, in pieces. Pure. */
import type { SearchResultPayload } from '@parley/client';

interface Piece {
  readonly text: string;
  readonly isFound: boolean;
}

/** UTF-16 code units of the snippet, and of those before the first highlight. */
const LENGTH_MAX = 240;
const BEFORE_MAX = 60;

export function snippetOf({
  message: { content },
  highlights,
}: Pick<SearchResultPayload, 'highlights'> & {
  readonly message: { readonly content: string };
}): readonly Piece[] {
  const first = highlights[0]?.[0] ?? 0;
  const start = first <= BEFORE_MAX ? 0 : first - BEFORE_MAX;
  const end = Math.min(content.length, start + LENGTH_MAX);
  const pieces: Piece[] = [];
  const add = (from: number, to: number, isFound: boolean): void => {
    const text = content.slice(from, to).toWellFormed();
    if (text !== '') pieces.push({ text, isFound });
  };
  if (start > 0) pieces.push({ text: '… ', isFound: false });
  let last = start;
  for (const [from, to] of highlights) {
    if (from >= end) break;
    add(last, from, false);
    add(from, Math.min(to, end), true);
    last = Math.min(to, end);
  }
  add(last, end, false);
  if (end < content.length) pieces.push({ text: ' …', isFound: false });
  return pieces;
}
