/**
 * Reads title, description and picture of an HTML page. Its time is linear in the length of the page: the
 * parser searches and moves the list of open elements, so deep pages are read up to a depth only.
 */
import { Parser } from 'htmlparser2';

interface PageTags {
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly siteName: string | undefined;
  /** As the page has it: perhaps relative. */
  readonly pictureUrl: string | undefined;
}

/** Names of `<meta>` by what they say, the best first (ogp.me; X cards). */
const NAMES = {
  title: ['og:title', 'twitter:title'],
  description: ['og:description', 'twitter:description', 'description'],
  siteName: ['og:site_name', 'application-name'],
  pictureUrl: ['og:image:secure_url', 'og:image', 'og:image:url', 'twitter:image'],
} as const;

/** UTF-16 units of a value; the domain shows less. */
const VALUE_LENGTH_MAX = 4000;
/** Elements within elements. The tags that are read stand in the head. */
const DEPTH_MAX = 100;
const CHARSET = /<meta[^>]{1,200}?charset\s*=\s*["']?([\w-]{1,40})/i;
const SNIFFED_BYTES = 1024;

/** @param contentType The header, which may name the encoding. */
export function readPageTags(bytes: Uint8Array, contentType: string): PageTags {
  const values = new Map<string, string>();
  let title = '';
  let isInTitle = false;
  let depth = 0;
  const parser = new Parser({
    onopentag(name, attributes) {
      depth += 1;
      if (depth > DEPTH_MAX) throw TOO_DEEP;
      isInTitle ||= name === 'title' && title === '';
      if (name !== 'meta') return;
      const key = (attributes['property'] ?? attributes['name'] ?? '').trim().toLowerCase();
      const value = (attributes['content'] ?? '').slice(0, VALUE_LENGTH_MAX).trim();
      if (value !== '' && !values.has(key) && WANTED.has(key)) values.set(key, value);
    },
    ontext(text) {
      if (isInTitle && title.length < VALUE_LENGTH_MAX) title += text.slice(0, VALUE_LENGTH_MAX);
    },
    onclosetag(name) {
      depth -= 1;
      if (name === 'title') isInTitle = false;
    },
  });
  try {
    parser.end(decode(bytes, contentType));
  } catch (error) {
    if (error !== TOO_DEEP) throw error;
  }
  const first = (names: readonly string[]): string | undefined =>
    names.map((name) => values.get(name)).find((value) => value !== undefined);
  return {
    title: first(NAMES.title) ?? (title.trim() === '' ? undefined : title.trim()),
    description: first(NAMES.description),
    siteName: first(NAMES.siteName),
    pictureUrl: first(NAMES.pictureUrl),
  };
}

/** Ends the parser. */
const TOO_DEEP = new Error('The page is too deep');
const WANTED: ReadonlySet<string> = new Set(Object.values(NAMES).flat());

function decode(bytes: Uint8Array, contentType: string): string {
  const head = Buffer.from(bytes.subarray(0, SNIFFED_BYTES)).toString('latin1');
  const named = /charset\s*=\s*["']?([\w-]{1,40})/i.exec(contentType) ?? CHARSET.exec(head);
  try {
    return new TextDecoder(named?.[1] ?? 'utf-8').decode(bytes);
  } catch {
    // An encoding that does not exist.
    return new TextDecoder().decode(bytes);
  }
}
