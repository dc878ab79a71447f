/** Links that set a new password. Outside of the classes, so that pages load it when they need it. */
import type { UserId, UserPayload } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

/** A link with which a user sets a new password, once. */
export interface PasswordReset {
  readonly url: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/**
 * Creates such a link for another user, in place of an earlier one.
 *
 * @throws {ChatError} `FORBIDDEN` without the role, or for a user without a password; `NOT_FOUND`,
 * `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function createPasswordReset({ http }: HasHttp, id: UserId): Promise<PasswordReset> {
  const path = `/api/admin/users/${encodeURIComponent(id)}/reset`;
  // The server documents the answers of these routes.
  return (await http.call('POST', path)) as PasswordReset;
}

/**
 * Sets the password of the user of a link, ends all sessions of the user, and logs the user in.
 *
 * @param client An `Account`: no session is needed.
 * @throws {ChatError} `NOT_FOUND` for a link that has expired or was used, `VALIDATION_ERROR`,
 * `FORBIDDEN` for a disabled account, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function resetPassword(
  { http }: HasHttp,
  reset: { readonly token: string; readonly password: string },
): Promise<UserPayload> {
  const answer = await http.call('POST', '/api/auth/reset', reset);
  return (answer as { readonly user: UserPayload }).user;
}

/**
 * Sends a link that sets a new password to the confirmed e-mail address of the account, if there is one:
 * the server does not say.
 *
 * @param client An `Account`: no session is needed.
 * @param username Or the e-mail address.
 * @throws {ChatError} `FORBIDDEN` if the server sends no mail, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function requestPasswordReset({ http }: HasHttp, username: string): Promise<void> {
  await http.call('POST', '/api/auth/forgot', { username });
}

/**
 * Confirms the e-mail address to which a link was sent.
 *
 * @param client An `Account`: no session is needed.
 * @throws {ChatError} `NOT_FOUND` for a link that has expired, or was used or replaced; `RATE_LIMITED`,
 * `UNAVAILABLE`.
 */
export async function confirmEmail({ http }: HasHttp, token: string): Promise<void> {
  await http.call('POST', '/api/auth/email/confirm', { token });
}

/**
 * Sends the mail again that confirms the address with which the user has registered: the account is
 * closed until then.
 *
 * @param client An `Account` with the session.
 * @param email Another address; default the same.
 * @throws {ChatError} `NOT_FOUND` if the account is open, `VALIDATION_ERROR`, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function requestConfirmation({ http }: HasHttp, email?: string): Promise<void> {
  await http.call('POST', '/api/auth/email', email === undefined ? {} : { email });
}
