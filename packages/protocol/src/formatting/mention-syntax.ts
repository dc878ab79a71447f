/** Where a mention begins and which usernames it may mean. Pure, and linear in the length of the line. */
import { CORE_LIMITS } from '../core-limits.ts';
import { characterAt, characterBefore, isWord, matchAt } from './characters.ts';

/** Mean all members of the room. */
export const EVERYONE: readonly string[] = Object.freeze(['everyone', 'room']);
/** Means the members who are present. */
export const HERE = 'here';

const NAME = /[\w-]+/y;
const NAME_END = /^[_-]/;
/** The rest of `@name@host.example`, a user of another server. */
const HOME = /@[a-z\d-]+\.[a-z\d]/iy;
/** Characters that may end the local part of an e-mail address, besides letters and digits. */
const ADDRESS_SIGNS = new Set('._%+-');
const ADDRESS_PART = /[\w!#$%&+./:=?@\\^~-]+/y;
/** `scheme://` or `host.example/path`. */
const ADDRESS = /:\/\/|(?<=[a-z\d-]\.[a-z]{2,63})\//i;

/**
 * The usernames that a mention may mean, in lower case: as written, then without `-` and `_` at
 * the end, one at a time. The first that is the name of a member is meant, or the last if there is
 * none.
 */
export function mentionNames(
  name: string,
  lengthMin: number = CORE_LIMITS.usernameLengthMin,
): readonly string[] {
  const names: string[] = [];
  for (let rest = name.toLowerCase(); rest.length >= lengthMin; rest = rest.slice(0, -1)) {
    if (rest.length <= CORE_LIMITS.usernameLengthMax) names.push(rest);
    if (!NAME_END.test(rest.slice(-1))) break;
  }
  return names;
}

/**
 * Finds the mentions of one line, from left to right. The returned function gives the length of
 * the mention at an `@`, and 0 if there is none.
 *
 * @param isClosed Whether the `_` at an index ends a style, so that it does not belong to a name.
 */
export function mentionFinder(
  line: string,
  lengthMin: number,
  isClosed: (index: number) => boolean,
): (at: number) => number {
  /** End of the latest mention. */
  let mentionEnd = -1;
  let partEnd = 0;
  let addressFrom = Number.POSITIVE_INFINITY;

  /** Addresses other than links, such as `host.example/@name`. */
  const isInAddress = (at: number): boolean => {
    if (at >= partEnd) {
      let from = at;
      while (from > partEnd && matchAt(ADDRESS_PART, line.charAt(from - 1), 0) !== '') from -= 1;
      const part = matchAt(ADDRESS_PART, line, from);
      const found = part.search(ADDRESS);
      partEnd = from + part.length;
      addressFrom = found < 0 ? Number.POSITIVE_INFINITY : from + found;
    }
    return at > addressFrom;
  };

  return (at) => {
    if (at !== mentionEnd && (isLocalPartBefore(line, at) || isInAddress(at))) return 0;
    let end = at + 1 + matchAt(NAME, line, at + 1).length;
    if (isWord(characterAt(line, end)) || matchAt(HOME, line, end) !== '') return 0;
    if (isClosed(end - 1)) end -= 1;
    const [longest] = mentionNames(line.slice(at + 1, end), lengthMin);
    if (longest === undefined) return 0;
    mentionEnd = at + 1 + longest.length;
    return longest.length + 1;
  };
}

/** Whether the text before an `@` could be the local part of an e-mail address, which never ends with a dot. */
function isLocalPartBefore(line: string, at: number): boolean {
  if (line.charAt(at - 1) === '.') return false;
  let end = at;
  while (ADDRESS_SIGNS.has(line.charAt(end - 1))) end -= 1;
  return isWord(characterBefore(line, end));
}
