/** The cookie of a sign-in with a provider: the step that the browser is at, sealed. */
import { parseCookie, stringifySetCookie } from 'cookie';
import { type SignInStep, STEP_VALID_MS } from '../../domain/accounts/provider-sign-in.ts';
import type { Sealer } from '../../ports/sealer.ts';

const COOKIE_NAME = 'parley.oidc';
/** Longer ones are not of this server. */
const LENGTH_MAX = 4096;

export class SignInCookie {
  readonly #sealer: Sealer;

  constructor(sealer: Sealer) {
    this.#sealer = sealer;
  }

  /** Undefined if there is none, or it was not sealed here. */
  read(header: string | undefined): SignInStep | undefined {
    const value = header === undefined ? undefined : parseCookie(header)[COOKIE_NAME];
    if (value === undefined || value.length > LENGTH_MAX) return undefined;
    const bytes = this.#sealer.open(COOKIE_NAME, value);
    // Sealed by `write`: it has this form.
    return bytes && (JSON.parse(Buffer.from(bytes).toString()) as SignInStep);
  }

  /** A `Set-Cookie` value. Lax: the browser sends it when it comes from the provider. */
  write(step: SignInStep, options: { readonly isSecure: boolean }): string {
    const value = this.#sealer.seal(COOKIE_NAME, Buffer.from(JSON.stringify(step)));
    return toSetCookie(value, options.isSecure, STEP_VALID_MS / 1000);
  }

  /** A `Set-Cookie` value that deletes the cookie. */
  clear(options: { readonly isSecure: boolean }): string {
    return toSetCookie('', options.isSecure, 0);
  }
}

function toSetCookie(value: string, secure: boolean, maxAge: number): string {
  const cookie = { name: COOKIE_NAME, value, path: '/api/auth/oidc', maxAge };
  return stringifySetCookie({ ...cookie, httpOnly: true, sameSite: 'lax', secure });
}
