/** Finds what an edit has changed. */

/** Words, spaces, and each other character: none is marked partially. */
const PARTS = /[\p{L}\p{N}\p{M}]+|\s+|\P{M}\p{M}*/gu;

/** Place in `text` that differs from `before`: whole words between the common start and end. */
export function changedPart(before: string, text: string): readonly [start: number, end: number] {
  const [one, other] = [before.match(PARTS) ?? [], text.match(PARTS) ?? []];
  const shorter = Math.min(one.length, other.length);
  let head = 0;
  while (head < shorter && one[head] === other[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && one.at(-1 - tail) === other.at(-1 - tail)) tail += 1;
  const lengthOf = (parts: readonly string[]): number => parts.join('').length;
  return [lengthOf(other.slice(0, head)), lengthOf(other.slice(0, other.length - tail))];
}
