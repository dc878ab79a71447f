/** Fetches what an address leads to, and its picture, within one deadline. */
import type { FetchedLink } from '../ports/link-fetcher.ts';
import type { AddressGuard } from './address-guard.ts';
import { type GuardedOptions, requestGuarded } from './guarded-request.ts';
import { readPageTags } from './page-tags.ts';
import { readBody } from './read-body.ts';

interface FetchOptions {
  readonly guard: AddressGuard;
  readonly resolve: GuardedOptions['resolve'];
  /** Milliseconds for the page and its picture together. */
  readonly totalMs: number;
}

/** Of a page, and of a picture. */
const BYTES_MAX = 1_000_000;
const PAGE = /^\s*(?:text\/html|application\/xhtml\+xml)\s*(?:;|$)/i;
const PICTURE = /^\s*image\/(?:png|jpeg|gif|webp)\s*(?:;|$)/i;
const PICTURES = 'image/webp, image/png, image/jpeg, image/gif';
const OK = 200;

/** @throws {AddressRefused} Also an error of the network. */
export async function fetchLink(
  url: string,
  { guard, resolve, totalMs }: FetchOptions,
): Promise<FetchedLink | undefined> {
  const options = { guard, resolve, signal: AbortSignal.timeout(totalMs) };
  const accept = `text/html, application/xhtml+xml;q=0.9, ${PICTURES};q=0.8`;
  const answer = await requestGuarded(new URL(url), { ...options, accept });
  const { response } = answer;
  const type = response.headers['content-type'] ?? '';
  if (response.statusCode === OK && PICTURE.test(type)) {
    const body = await readBody(response, BYTES_MAX);
    return body === undefined || body.isCut ? undefined : { picture: body.bytes };
  }
  if (response.statusCode !== OK || !PAGE.test(type)) {
    response.destroy();
    return undefined;
  }
  // Everything that is read stands in the head.
  const body = await readBody(response, BYTES_MAX, (chunk) => chunk.includes('</head>'));
  if (body === undefined) return undefined;
  const { pictureUrl, ...texts } = readPageTags(body.bytes, type);
  if (pictureUrl === undefined || !URL.canParse(pictureUrl, answer.url.href)) return texts;
  // A page without its picture is still a preview.
  const picture = await fetchPicture(new URL(pictureUrl, answer.url), options).catch(
    () => undefined,
  );
  return { ...texts, picture };
}

async function fetchPicture(
  url: URL,
  options: Omit<GuardedOptions, 'accept'>,
): Promise<Uint8Array | undefined> {
  const { response } = await requestGuarded(url, { ...options, accept: PICTURES });
  if (response.statusCode !== OK || !PICTURE.test(response.headers['content-type'] ?? '')) {
    response.destroy();
    return undefined;
  }
  const body = await readBody(response, BYTES_MAX);
  return body === undefined || body.isCut ? undefined : body.bytes;
}
