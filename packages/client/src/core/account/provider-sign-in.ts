/** Sign-in with a provider. Outside of the classes, so that pages load it when they need it. */
import type { UserPayload } from '@parley/protocol';
import type { Http } from '../connection/http.ts';
import type { SignInProvider } from './account.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

/** A sign-in that the user completes: with a new account, or with a code. */
export interface PendingSignIn extends Pick<SignInProvider, 'label'> {
  readonly provider: string;
  readonly needs: 'account' | 'code';
  /** Path of the page to show afterwards. */
  readonly next: string;
  /** Proposed for the new account. */
  readonly username?: string;
  readonly displayName?: string;
}

export interface SignInCompletion {
  readonly username?: string;
  readonly displayName?: string;
  /** The token of a link that lets people in. */
  readonly invite?: string;
  /** Of an authenticator app, or a recovery code. */
  readonly code?: string;
}

/**
 * Returns the rest of the sign-in that this browser has begun.
 *
 * @param client An `Account`: no session is needed.
 * @throws {ChatError} `NOT_FOUND` if there is none, `UNAVAILABLE`.
 */
export async function readPendingSignIn({ http }: HasHttp): Promise<PendingSignIn> {
  // The server documents the answers of these routes.
  return (await http.call('GET', '/api/auth/oidc/pending')) as PendingSignIn;
}

/**
 * Creates the account, or verifies the code, and logs the user in.
 *
 * @param client An `Account`: no session is needed.
 * @throws {ChatError} `NOT_FOUND` if nothing is pending; `CONFLICT` for a taken username,
 * `VALIDATION_ERROR`; `FORBIDDEN` if registration is closed or the invite not valid, or for a disabled
 * account; `UNAUTHENTICATED` for a wrong code, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function completeSignIn(
  { http }: HasHttp,
  completion: SignInCompletion,
): Promise<UserPayload> {
  const answer = await http.call('POST', '/api/auth/oidc/complete', completion);
  return (answer as { readonly user: UserPayload }).user;
}

export interface OwnProvider extends SignInProvider {
  /** Whether a sign-in there proves who the user is, for dangerous acts. */
  readonly canProve: boolean;
  /** ISO 8601; undefined if the account is not connected to the provider. */
  readonly connectedAt?: string;
}

export interface OwnProviders {
  readonly providers: readonly OwnProvider[];
  /** Whether the user can log in without them. */
  readonly hasPassword: boolean;
}

/** @throws {ChatError} `UNAUTHENTICATED`, `UNAVAILABLE`. */
export async function readOwnProviders({ http }: HasHttp): Promise<OwnProviders> {
  return (await http.call('GET', '/api/auth/oidc')) as OwnProviders;
}

/**
 * Returns the address of the provider, to which the browser then goes; it comes back to the path `next`.
 *
 * @param options `link`: connects the account to the provider; without it, the provider proves who the
 *   user is, as `proveIdentity` does.
 * @throws {ChatError} `FORBIDDEN` with `details.proof` if connecting needs a proof, `UNAVAILABLE` if the
 *   provider does not answer; `NOT_FOUND`, `RATE_LIMITED`.
 */
export async function goToProvider(
  { http }: HasHttp,
  name: string,
  options: { readonly link?: true; readonly next: string },
): Promise<string> {
  const answer = await http.call('POST', `/api/auth/oidc/${encodeURIComponent(name)}`, options);
  return (answer as { readonly url: string }).url;
}

/**
 * Ends the connection of the account to a provider.
 *
 * @throws {ChatError} `CONFLICT` if the user could not sign in any more; `FORBIDDEN` with
 * `details.proof`, `NOT_FOUND`, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function disconnectProvider({ http }: HasHttp, name: string): Promise<void> {
  await http.call('DELETE', `/api/auth/oidc/${encodeURIComponent(name)}`);
}
