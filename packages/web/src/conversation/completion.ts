/** Finds what to complete in the text before the caret: `@name` or `:code`. Pure. */
import { openMention } from '@parley/client';

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

/** Two letters at least: `:)` and times are no codes. */
const CODE = /(?:^|[\s(]):([a-z][\w+-]{1,30})$/iu;

export function completionQuery(beforeCaret: string): CompletionQuery | undefined {
  const mention = openMention(beforeCaret);
  if (mention !== undefined) return { kind: 'mention', start: mention.query, from: mention.start };
  const code = CODE.exec(beforeCaret)?.[1];
  if (code === undefined) return undefined;
  return { kind: 'emoji', start: code, from: beforeCaret.length - code.length - 1 };
}

/**
 * Users one of whose names begins with the text, then users whose names contain it. A complete
 * username has no completions, so that Enter sends.
 */
export function completeName<Person extends Named>(
  people: readonly Person[],
  start: string,
  max: number,
): Person[] {
  const wanted = start.toLowerCase();
  if (people.some(({ username }) => username.toLowerCase() === wanted)) return [];
  return people
    .map((person) => ({ person, rank: rankOf(person, wanted) }))
    .filter(({ rank }) => rank < 2)
    .sort((a, b) => a.rank - b.rank || a.person.username.localeCompare(b.person.username))
    .slice(0, max)
    .map(({ person }) => person);
}

interface Named {
  readonly username: string;
  readonly displayName?: string | undefined;
}

function rankOf({ username, displayName = '' }: Named, wanted: string): number {
  const places = [username, displayName].map((name) => name.toLowerCase().indexOf(wanted));
  if (places.includes(0)) return 0;
  return places.some((at) => at > 0) ? 1 : 2;
}
