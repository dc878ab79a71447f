/** Changes of a text with a selection. Pure. */

export interface TextEdit {
  readonly text: string;
  /** The selection; both ends are the same if nothing is selected. */
  readonly start: number;
  readonly end: number;
}

/** Puts a marker around the selection, or removes it if it is there. */
export function wrapSelection({ text, start, end }: TextEdit, marker: string): TextEdit {
  const { length } = marker;
  const isWrapped =
    text.slice(start - length, start) === marker && text.slice(end, end + length) === marker;
  const selected = text.slice(start, end);
  if (isWrapped) {
    const rest = text.slice(0, start - length) + selected + text.slice(end + length);
    return { text: rest, start: start - length, end: end - length };
  }
  return {
    text: text.slice(0, start) + marker + selected + marker + text.slice(end),
    start: start + length,
    end: end + length,
  };
}

/** Replaces the selection, and puts the caret behind the new text. */
export function insertText({ text, start, end }: TextEdit, inserted: string): TextEdit {
  const caret = start + inserted.length;
  return { text: text.slice(0, start) + inserted + text.slice(end), start: caret, end: caret };
}
