/**
 * Parts that the adapters of providers share. Errors carry the code of the library only, because its texts and
 * causes may have codes and tokens.
 */
import { AuthorizationResponseError } from 'openid-client';
import { SignInFailure } from '../ports/sign-in-provider.ts';

export interface ProviderOptions {
  readonly name: string;
  readonly label: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scopes: string;
  readonly redirectUrl: string;
}

/** Each request to the provider, while a browser waits. */
export const TIMEOUT_SECONDS = 5;
const QUERY_LENGTH_MAX = 8192;
const NAME_LENGTH_MAX = 256;
/** Not a text of the provider, which may quote the request. */
const CODE = /^[A-Za-z_]{1,40}$/;

/** @throws {SignInFailure} rejected. */
export function requireShort(query: string): void {
  if (query.length > QUERY_LENGTH_MAX) throw new SignInFailure('rejected', 'too-long');
}

export function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim.trim() !== ''
    ? claim.slice(0, NAME_LENGTH_MAX)
    : undefined;
}

export function rejectFailure(error: unknown): never {
  if (error instanceof SignInFailure) throw error;
  if (error instanceof AuthorizationResponseError) {
    const isDenied = error.error === 'access_denied';
    throw new SignInFailure(isDenied ? 'denied' : 'rejected', codeOf(error));
  }
  const { cause, name } = error as Error;
  const code = codeOf(error);
  const isDown =
    name === 'TimeoutError' ||
    // Of `fetch`, for a provider that cannot be reached.
    error instanceof TypeError ||
    code === 'OAUTH_TIMEOUT' ||
    (cause instanceof Response && cause.status >= 500);
  throw new SignInFailure(isDown ? 'unreachable' : 'rejected', code);
}

/** A code of RFC 6749 or of the library. */
export function codeOf(thrown: unknown): string {
  const { error, code, name } = thrown as Error & {
    readonly error?: unknown;
    readonly code?: unknown;
  };
  const found = [error, code].find((each) => typeof each === 'string' && CODE.test(each));
  return typeof found === 'string' ? found : name;
}
