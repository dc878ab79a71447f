/** Finds the code of a line: as many backticks end it as begin it. Pure, and linear in the length of the line. */
import { matchAt } from './characters.ts';

export interface CodeSpan {
  /** Index after the last backtick. */
  readonly end: number;
  readonly text: string;
}

/** Backslashes before a marker. */
interface Escape {
  readonly at: number;
  readonly count: number;
  /** Index of the marker. */
  readonly target: number;
  /** Whether a backtick would begin or end code without the escape; undefined for other markers. */
  readonly formats: boolean | undefined;
}

const TICKS = /`+/g;
const TICKS_HERE = /`+/y;
const RUN = /`+|\\+/g;
const MARKER = /^[*_~|<[\]]/;

/** Escapes within code are none. */
export function findCodeSpans(line: string): {
  readonly spans: ReadonlyMap<number, CodeSpan>;
  readonly escapes: readonly Escape[];
} {
  const spans = new Map<number, CodeSpan>();
  const escapes: Escape[] = [];
  /** Runs of backticks by their length. */
  const runs = new Map<number, { readonly starts: number[]; next: number }>();
  for (const { 0: run, index } of line.matchAll(TICKS)) {
    const same = runs.get(run.length) ?? { starts: [], next: 0 };
    same.starts.push(index);
    runs.set(run.length, same);
  }
  const findRun = (length: number, from: number): number | undefined => {
    const same = runs.get(length);
    while (same !== undefined && (same.starts[same.next] ?? from) < from) same.next += 1;
    return same?.starts[same.next];
  };
  /** Lengths of the escaped runs that would have begun code. */
  const begun = new Set<number>();
  const pattern = new RegExp(RUN);
  for (let found = pattern.exec(line); found !== null; found = pattern.exec(line)) {
    const { 0: run, index } = found;
    const end = index + run.length;
    if (run.startsWith('`')) {
      const closing = findRun(run.length, end);
      if (closing === undefined) continue;
      pattern.lastIndex = closing + run.length;
      spans.set(index, { end: pattern.lastIndex, text: trim(line.slice(end, closing)) });
      continue;
    }
    const backslashes = { at: index, count: run.length, target: end };
    if (MARKER.test(line.charAt(end))) escapes.push({ ...backslashes, formats: undefined });
    if (line.charAt(end) !== '`') continue;
    const { length } = matchAt(TICKS_HERE, line, end);
    const begins = findRun(length, end + length) !== undefined;
    escapes.push({ ...backslashes, formats: begins || begun.has(length) });
    if (run.length % 2 === 0) continue;
    if (begins) begun.add(length);
    pattern.lastIndex = end + 1;
  }
  return { spans, escapes };
}

/** One space on each side separates backticks from code that has some. */
function trim(code: string): string {
  return /^ .*[^ ].* $/.test(code) ? code.slice(1, -1) : code;
}
