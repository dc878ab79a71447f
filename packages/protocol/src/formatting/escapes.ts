/**
 * Backslashes before markers. They stay as they are written, unless the marker would format
 * something without them: paths, patterns and faces are full of backslashes. Pure.
 */
import { type CodeSpan, findCodeSpans } from './code-spans.ts';

const NOTHING: ReadonlySet<number> = new Set();

/** A line whose escapes are resolved. */
export interface LineSource {
  readonly text: string;
  /** Code by its first index. */
  readonly spans: ReadonlyMap<number, CodeSpan>;
  /** Indexes of characters that format nothing. */
  readonly literal: ReadonlySet<number>;
}

interface Cut {
  readonly at: number;
  readonly target: number;
  /** Number of backslashes that are not shown. */
  readonly hidden: number;
  readonly isLiteral: boolean;
}

/** @param usedOf Returns the indexes of the characters that format. */
export function resolveEscapes(
  line: string,
  usedOf: (source: LineSource) => ReadonlySet<number>,
): LineSource {
  const { spans, escapes } = findCodeSpans(line);
  if (escapes.length === 0) return { text: line, spans, literal: NOTHING };
  const withoutAny = withCuts(
    line,
    spans,
    escapes.map(({ at, count, target, formats }) => {
      return { at, target, hidden: count, isLiteral: formats !== undefined };
    }),
  );
  const used = usedOf(withoutAny.source);
  const cuts = escapes.map(({ at, count, target, formats }, index): Cut => {
    const isMarker = formats ?? used.has(withoutAny.targets[index] ?? -1);
    const hidden = isMarker ? Math.ceil(count / 2) : 0;
    return { at, target, hidden, isLiteral: count % 2 === 1 };
  });
  return withCuts(line, spans, cuts).source;
}

/** Leaves backslashes out; all indexes of the result are those of the shorter text. */
function withCuts(
  line: string,
  spans: ReadonlyMap<number, CodeSpan>,
  cuts: readonly Cut[],
): { readonly source: LineSource; readonly targets: readonly number[] } {
  const parts: string[] = [];
  const literal = new Set<number>();
  const moved = new Map<number, CodeSpan>();
  const rest = [...spans].toReversed();
  let from = 0;
  let hidden = 0;
  const moveSpansBefore = (index: number): void => {
    for (let next = rest.at(-1); next !== undefined && next[0] < index; next = rest.at(-1)) {
      const [at, span] = next;
      moved.set(at - hidden, { ...span, end: span.end - hidden });
      rest.pop();
    }
  };
  const targets = cuts.map((cut) => {
    moveSpansBefore(cut.at);
    parts.push(line.slice(from, cut.at));
    from = cut.at + cut.hidden;
    hidden += cut.hidden;
    if (cut.isLiteral) literal.add(cut.target - hidden);
    return cut.target - hidden;
  });
  moveSpansBefore(line.length);
  parts.push(line.slice(from));
  return { source: { text: parts.join(''), spans: moved, literal }, targets };
}
