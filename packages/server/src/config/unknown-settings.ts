/**
 * Finds variables that are meant as settings but have a wrong name, such as REGISTRATON. Without
 * this check the server would start with the default. Variables of other programs have names that
 * resemble no setting.
 */

/** Names shorter than this have too many neighbours to guess from. */
const LENGTH_MIN = 4;
/** Differences are allowed in proportion to the length: 1 below this length, 2 from it on. */
const LONG_NAME = 8;
const PREFIX = 'PARLEY_';

/** Returns the setting that a name was probably meant for; undefined if it resembles none. */
export function findLikelySetting(name: string, settings: readonly string[]): string | undefined {
  if (settings.includes(name)) return undefined;
  const upper = name.toUpperCase().replaceAll('-', '_');
  const plain = upper.startsWith(PREFIX) ? upper.slice(PREFIX.length) : upper;
  if (settings.includes(plain)) return plain;
  if (plain.length < LENGTH_MIN) return undefined;
  const differencesMax = plain.length < LONG_NAME ? 1 : 2;
  const near = settings
    .filter(({ length }) => length >= LENGTH_MIN)
    // Each difference changes the length by one at most.
    .filter(({ length }) => Math.abs(length - plain.length) <= differencesMax)
    .map((setting) => ({ setting, differences: countDifferences(plain, setting) }))
    // SSL_CERT_FILE is a variable of OpenSSL.
    .filter(({ setting, differences }) => differences < 2 || setting[0] === plain[0])
    .filter(({ differences }) => differences <= differencesMax)
    .toSorted((one, other) => one.differences - other.differences);
  return near[0]?.setting ?? findLonger(plain, settings);
}

/** A name without its last word, such as HEARTBEAT_INTERVAL for HEARTBEAT_INTERVAL_MS. */
function findLonger(name: string, settings: readonly string[]): string | undefined {
  if (!name.includes('_')) return undefined;
  const longer = settings.filter((setting) => setting.startsWith(`${name}_`));
  return longer.length === 1 ? longer[0] : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function countDifferences(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwap = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      next[column] = Math.min(
        at(last, column) + 1,
        at(next, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwap ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = last;
    last = next;
  }
  return at(last, other.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
