/** Whether a text has nothing to format, so that it is one paragraph as it is written. Pure. */

/** Signs of styles, links, mentions, rooms, custom emoji, tables and escapes; lines that begin a block; empty lines. */
const FORMATS = /[@[*_~`|\\]|\B#|:[\w-]+:|https?:\/\/|^\s*(?:[>•-]|\d+[.)])|^\s*$/im;

export function isPlain(text: string): boolean {
  return !FORMATS.test(text);
}
