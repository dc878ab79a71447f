/**
 * The session cookie, in the format of express-session: `s:`, the session id, a dot, and an
 * HMAC-SHA256 of the id in base64 without padding.
 */
import { parseCookie, stringifySetCookie } from 'cookie';
import { sign, unsign } from 'cookie-signature';

const COOKIE_NAME = 'connect.sid';
/**
 * 400 days, the maximum that browsers allow. The session record on the server decides when a session
 * ends: each command over a socket extends it, but cannot renew the cookie, so the cookie lives longer.
 */
const MAX_AGE_SECONDS = 400 * 24 * 60 * 60;

export class SessionCookie {
  readonly #secrets: readonly [string, ...string[]];

  /** The first secret signs; all secrets verify. */
  constructor(secrets: readonly [string, ...string[]]) {
    this.#secrets = secrets;
  }

  /**
   * The session id in a `Cookie` header; undefined if there is no id with a valid signature. A sibling
   * host or another port can add a cookie of the same name: invalid ones are ignored, and of several
   * valid ones none is accepted, because their order says nothing about which is the visitor's own.
   */
  read(header: string | undefined): string | undefined {
    const pairs = header?.split(';') ?? [];
    const ids = new Set(
      pairs.flatMap((pair) => this.#verify(parseCookie(pair)[COOKIE_NAME]) ?? []),
    );
    return ids.size === 1 ? [...ids][0] : undefined;
  }

  #verify(value: string | undefined): string | undefined {
    if (value === undefined || !value.startsWith('s:')) return undefined;
    const signed = value.slice('s:'.length);
    for (const secret of this.#secrets) {
      const id = unsign(signed, secret);
      if (id !== false && id !== '') return id;
    }
    return undefined;
  }

  /** A `Set-Cookie` value. */
  write(id: string, options: { readonly isSecure: boolean }): string {
    const value = `s:${sign(id, this.#secrets[0])}`;
    return toSetCookie(value, options.isSecure, MAX_AGE_SECONDS);
  }

  /** A `Set-Cookie` value that deletes the cookie. */
  clear(options: { readonly isSecure: boolean }): string {
    return toSetCookie('', options.isSecure, 0);
  }
}

function toSetCookie(value: string, secure: boolean, maxAge: number): string {
  return stringifySetCookie(
    { name: COOKIE_NAME, value, path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge },
    { encode: encodeURIComponent },
  );
}
