/** Operators in the text of a search, as filters that a click adds and removes. Pure. */

type FilterName = 'from' | 'in' | 'has' | 'after' | 'before';

export interface SearchFilter {
  readonly name: FilterName;
  readonly value: string;
}

/** Phrases are no filters, whatever they contain. */
const PARTS = /-?"[^"]*"?|(from|in|has|after|before):(?:"([^"]*)"?|(\S+))/giu;

/** The parts of a text, and of them those that a search leaves out. */
const EXCLUDED =
  /(?:from|in|has|after|before):(?:"[^"]*"?|\S+)|(-?)"([^"]*)"?|(?:-(?=[\p{L}\p{M}\p{Extended_Pictographic}])(\S+))|\S+/giu;

/** Words and phrases that must not be in a message, as the server reads the text. */
export function excludedIn(text: string): readonly string[] {
  return [...text.matchAll(EXCLUDED)].flatMap(([, minus, phrase, word]) => {
    const excluded = minus === '-' ? phrase : word;
    return excluded === undefined || excluded.trim() === '' ? [] : [excluded];
  });
}

/** The beginning of a name after `from:` at the end of the text; undefined without one. */
export function typedPerson(text: string): string | undefined {
  const [, quoted, plain = quoted] =
    /(?:^|\s)from:(?:"([^"]{1,64})|@?([^"\s]{1,64}))$/iu.exec(text) ?? [];
  return plain?.trim() === '' ? undefined : plain;
}

/** The text with this person in place of the beginning of the name. */
export function withPerson(text: string, username: string): string {
  return `${text.replace(/from:(?:"[^"]*|\S*)$/iu, '')}from:${username} `;
}

/** In the order of the text, without repetitions. */
export function filtersOf(text: string): readonly SearchFilter[] {
  const filters = new Map<string, SearchFilter>();
  for (const [, name, quoted, plain] of text.matchAll(PARTS)) {
    if (name === undefined) continue;
    const filter = { name: name.toLowerCase() as FilterName, value: quoted ?? plain ?? '' };
    if (filter.value.trim() !== '' && !filters.has(keyOf(filter)))
      filters.set(keyOf(filter), filter);
  }
  return [...filters.values()];
}

/** The text with the filter at its end, ready for the next word. */
export function withFilter(text: string, filter: SearchFilter): string {
  const rest = withoutFilter(text, filter).trimEnd();
  return `${rest}${rest === '' ? '' : ' '}${textOf(filter)} `;
}

export function withoutFilter(text: string, { name, value }: SearchFilter): string {
  return text
    .replace(PARTS, (part: string, operator?: string, quoted?: string, plain?: string) =>
      operator?.toLowerCase() === name && (quoted ?? plain) === value ? '' : part,
    )
    .replace(/ {2,}/gu, ' ')
    .trimStart();
}

/** As it is written in the text. */
export function textOf({ name, value }: SearchFilter): string {
  // A value has no quotes of its own: they could not be written.
  const written = value.replaceAll('"', '');
  return `${name}:${/\s/u.test(written) ? `"${written}"` : written}`;
}

function keyOf({ name, value }: SearchFilter): string {
  return `${name} ${value}`;
}
