/** Finds what to complete in the text before the caret: `@name` or `:code`. Pure. */

export interface CompletionQuery {
  readonly kind: 'mention' | 'emoji';
  /** The text after the sign. */
  readonly start: string;
  /** Index of the sign. */
  readonly from: number;
}

export interface CompletionChoice {
  readonly key: string;
  readonly label: string;
  /** Replaces the written text. */
  readonly text: string;
  readonly emoji?: string;
}

const MENTION = /(?:^|[\s(])@([\w-]{0,20})$/u;
/** Two letters at least: `:)` and times are no codes. */
const CODE = /(?:^|[\s(]):([a-z][\w+-]{1,30})$/iu;

export function completionQuery(beforeCaret: string): CompletionQuery | undefined {
  const mention = MENTION.exec(beforeCaret)?.[1];
  if (mention !== undefined) {
    return { kind: 'mention', start: mention, from: beforeCaret.length - mention.length - 1 };
  }
  const code = CODE.exec(beforeCaret)?.[1];
  if (code === undefined) return undefined;
  return { kind: 'emoji', start: code, from: beforeCaret.length - code.length - 1 };
}

/**
 * Names that begin with the text, then names that contain it. A complete name has no
 * completions, so that Enter sends.
 */
export function completeName(names: readonly string[], start: string, max: number): string[] {
  const wanted = start.toLowerCase();
  if (names.some((name) => name.toLowerCase() === wanted)) return [];
  const rank = (name: string): number => {
    const at = name.toLowerCase().indexOf(wanted);
    return at === 0 ? 0 : at > 0 ? 1 : 2;
  };
  return [...new Set(names)]
    .filter((name) => rank(name) < 2)
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .slice(0, max);
}
