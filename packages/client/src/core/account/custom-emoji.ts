/** Custom emoji of the server. Outside of the classes, so that pages load it when they need it. */
import type { CustomEmojiPayload } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

type HasHttp = { readonly http: Pick<Http, 'call'> };

/** A picture that texts and reactions show as `:name:`. */
export type CustomEmoji = CustomEmojiPayload;

/** All, by name. @throws {ChatError} `RATE_LIMITED`, `UNAVAILABLE`. */
export async function listCustomEmoji({ http }: HasHttp): Promise<readonly CustomEmoji[]> {
  // The server documents the answers of these routes.
  const { emoji } = (await http.call('GET', '/api/emoji')) as {
    readonly emoji: readonly CustomEmoji[];
  };
  return emoji;
}

/**
 * Adds an emoji: PNG, JPEG, GIF or WebP, up to 1 MB; for owners and admins of the server.
 *
 * @param name 2 to 30 small letters, digits, `_` and `-`.
 * @throws {ChatError} `FORBIDDEN`, with the field `file` if this server cannot take pictures; `VALIDATION_ERROR` with
 * the field `name` or `file`; `CONFLICT` for a name that is taken, and for too many emoji; `RATE_LIMITED`,
 * `UNAVAILABLE`.
 */
export async function addCustomEmoji(
  { http }: HasHttp,
  name: string,
  picture: Blob,
): Promise<CustomEmoji> {
  const form = new FormData();
  form.append('file', picture, name);
  const { emoji } = (await http.call('PUT', pathOf(name), form)) as { readonly emoji: CustomEmoji };
  return emoji;
}

/** For owners and admins of the server. @throws {ChatError} `FORBIDDEN`; `NOT_FOUND`, `RATE_LIMITED`, `UNAVAILABLE`. */
export async function deleteCustomEmoji({ http }: HasHttp, name: string): Promise<void> {
  await http.call('DELETE', pathOf(name));
}

function pathOf(name: string): string {
  return `/api/emoji/${encodeURIComponent(name)}`;
}
