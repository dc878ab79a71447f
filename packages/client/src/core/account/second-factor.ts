/** Two-step sign-in. Outside of the classes, so that pages load it when they need it. */
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

export interface SecondFactorState {
  /** Whether logins need a code. */
  readonly enabled: boolean;
  /** Number of unused recovery codes. */
  readonly recoveryCodes: number;
}

const PATH = '/api/auth/totp';

/** @throws {ChatError} `UNAUTHENTICATED`, `UNAVAILABLE`. */
export async function readSecondFactor({ http }: HasHttp): Promise<SecondFactorState> {
  // The server documents the answers of these routes.
  return (await http.call('GET', PATH)) as SecondFactorState;
}

/**
 * Creates a secret for an authenticator app, and the address that its QR code has.
 *
 * @param password Needed if the login is older than 10 minutes.
 * @throws {ChatError} `FORBIDDEN` with the field `password` if it is missing or wrong, `CONFLICT` if
 * two-step sign-in is on, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function startSecondFactor(
  { http }: HasHttp,
  password?: string,
): Promise<{ readonly secret: string; readonly uri: string }> {
  const answer = await http.call('POST', PATH, password === undefined ? {} : { password });
  return answer as { readonly secret: string; readonly uri: string };
}

/**
 * Turns two-step sign-in on; returns the recovery codes, each for one login without the app.
 *
 * @param code Of the app.
 * @throws {ChatError} `FORBIDDEN` for a wrong code, `CONFLICT`, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function confirmSecondFactor(
  { http }: HasHttp,
  code: string,
): Promise<readonly string[]> {
  const answer = await http.call('POST', `${PATH}/confirm`, { code });
  return (answer as { readonly recoveryCodes: readonly string[] }).recoveryCodes;
}

/**
 * Returns new recovery codes; the former ones are no longer valid.
 *
 * @throws {ChatError} `FORBIDDEN` with `details.proof` if the login is older than 10 minutes, `CONFLICT`
 * if two-step sign-in is off, `UNAVAILABLE`.
 */
export async function renewRecoveryCodes({ http }: HasHttp): Promise<readonly string[]> {
  const answer = await http.call('POST', `${PATH}/recovery-codes`);
  return (answer as { readonly recoveryCodes: readonly string[] }).recoveryCodes;
}

/**
 * Turns two-step sign-in off.
 *
 * @param proof `code`: of the app, or a recovery code.
 * @throws {ChatError} `FORBIDDEN` with the field that is wrong, `CONFLICT` if it is off,
 * `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function removeSecondFactor(
  { http }: HasHttp,
  proof: { readonly password: string; readonly code: string },
): Promise<void> {
  await http.call('DELETE', PATH, proof);
}
