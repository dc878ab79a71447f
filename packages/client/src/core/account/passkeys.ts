/**
 * Passkeys (WebAuthn). The options are those of `navigator.credentials`, and the answers those of
 * `PublicKeyCredential.toJSON()`. Outside of the classes, so that pages load it when they need it.
 */
import type { UserPayload } from '@parley/protocol';
import { type Http, readAll } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

/** A passkey of the user. */
export interface Passkey {
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; absent if it was not used to sign in or to prove the identity. */
  readonly lastUsedAt?: string;
}

const PATH = '/api/auth/passkeys';

/** The oldest first. @throws {ChatError} `UNAUTHENTICATED`, `UNAVAILABLE`. */
export async function listPasskeys({ http }: HasHttp): Promise<readonly Passkey[]> {
  return readAll(http, PATH, 'passkeys');
}

/**
 * Returns the options with which the browser makes a passkey, within 5 minutes.
 *
 * @throws {ChatError} `CONFLICT` if the user has 20; `FORBIDDEN` with `details.proof`, or if the server has
 * no passkeys; `RATE_LIMITED`, `UNAVAILABLE`.
 */
export function beginPasskey({ http }: HasHttp): Promise<object> {
  return begin(http, 'register');
}

/**
 * Adds the passkey that the browser has made.
 *
 * @throws {ChatError} `FORBIDDEN` with the field `response` if it is not valid, `CONFLICT` if it is known,
 * `VALIDATION_ERROR` for the name; as `beginPasskey`.
 */
export async function addPasskey(
  { http }: HasHttp,
  passkey: { readonly name: string; readonly response: object },
): Promise<Passkey> {
  const answer = await http.call('POST', `${PATH}/register/finish`, passkey);
  return (answer as { readonly passkey: Passkey }).passkey;
}

/** @throws {ChatError} `NOT_FOUND`, `VALIDATION_ERROR`, `RATE_LIMITED`, `UNAVAILABLE`. */
export async function renamePasskey({ http }: HasHttp, id: string, name: string): Promise<void> {
  await http.call('PATCH', `${PATH}/${encodeURIComponent(id)}`, { name });
}

/** @throws {ChatError} `NOT_FOUND`; `FORBIDDEN` with `details.proof`; `RATE_LIMITED`, `UNAVAILABLE`. */
export async function removePasskey({ http }: HasHttp, id: string): Promise<void> {
  await http.call('DELETE', `${PATH}/${encodeURIComponent(id)}`);
}

/**
 * Returns the options with which the browser lets the user choose a passkey, within 5 minutes.
 *
 * @param client An `Account`: no session is needed.
 * @throws {ChatError} `FORBIDDEN` if the server has no passkeys, `UNAVAILABLE`.
 */
export function beginPasskeySignIn({ http }: HasHttp): Promise<object> {
  return begin(http, 'login');
}

/**
 * Logs the user of a passkey in, who needs no password and no code.
 *
 * @param client An `Account`: no session is needed.
 * @throws {ChatError} `UNAUTHENTICATED` if the answer is not valid, `FORBIDDEN` for a disabled account;
 * `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function signInWithPasskey({ http }: HasHttp, response: object): Promise<UserPayload> {
  const answer = await http.call('POST', `${PATH}/login/finish`, { response });
  const { user } = answer as { readonly user: UserPayload };
  return { id: user.id, username: user.username };
}

/**
 * Returns the options with which the browser uses a passkey of the user again.
 *
 * @throws {ChatError} `NOT_FOUND` if there is none; `FORBIDDEN`, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export function beginPasskeyProof({ http }: HasHttp): Promise<object> {
  return begin(http, 'proof');
}

/**
 * Proves the identity of the user, for 10 minutes, as `proveIdentity` does.
 *
 * @throws {ChatError} `FORBIDDEN` if the answer is not valid; `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function proveWithPasskey({ http }: HasHttp, response: object): Promise<void> {
  await http.call('POST', `${PATH}/proof/finish`, { response });
}

async function begin(
  http: Pick<Http, 'call'>,
  purpose: 'register' | 'login' | 'proof',
): Promise<object> {
  const answer = await http.call('POST', `${PATH}/${purpose}/begin`, {});
  // The server documents the answers of these routes.
  return (answer as { readonly options: object }).options;
}
