/** Username and e-mail address of the own account. Pages load it when they need it. */
import type { UserPayload } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

export interface OwnProfile extends UserPayload {
  /** Null if there is none. Other users do not see it. */
  readonly email: string | null;
  readonly emailConfirmed: boolean;
}

/** @throws {ChatError} `UNAUTHENTICATED`, `UNAVAILABLE`. */
export async function readOwnProfile({ http }: HasHttp): Promise<OwnProfile> {
  return profileOf(await http.call('GET', '/api/me'));
}

/**
 * Changes what is given. Connections begin again after a change of the username; the former one stays
 * reserved.
 *
 * @param change `email`: empty for none.
 * @throws {ChatError} `VALIDATION_ERROR` with the field, `CONFLICT` for a taken username, `FORBIDDEN` with
 * `details.proof` if it needs a proof of identity, `RATE_LIMITED` after three changes of the username in
 * 30 days, `UNAVAILABLE`.
 */
export async function changeOwnProfile(
  { http }: HasHttp,
  change: { readonly username?: string; readonly email?: string },
): Promise<OwnProfile> {
  return profileOf(await http.call('PATCH', '/api/me', change));
}

function profileOf(answer: unknown): OwnProfile {
  // The server documents the answers of these routes.
  return (answer as { readonly user: OwnProfile }).user;
}
