/** Username, e-mail address and picture of the own account. Pages load it when they need it. */
import type { UserPayload } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

export interface OwnProfile extends UserPayload {
  /** Null if there is none. Other users do not see it. */
  readonly email: string | null;
  readonly emailConfirmed: boolean;
  /** Another address, which replaces the confirmed `email` when its user opens the link that was sent to it. */
  readonly emailPending?: string;
  /** As read: an owner of the server has not ended the first steps. */
  readonly firstSteps?: boolean;
}

/** @throws {ChatError} `UNAUTHENTICATED`, `UNAVAILABLE`. */
export async function readOwnProfile({ http }: HasHttp): Promise<OwnProfile> {
  return profileOf(await http.call('GET', '/api/me'));
}

/**
 * Changes what is given. Connections begin again after a change of the username; the former one stays
 * reserved.
 *
 * @param change `email`: empty for none. `firstStepsDone`: the owner has finished or dismissed the first steps.
 * @throws {ChatError} `VALIDATION_ERROR` with the field, `CONFLICT` for a taken username, `FORBIDDEN` with
 * `details.proof` if it needs a proof of identity, `RATE_LIMITED` after three changes of the username in
 * 30 days, `UNAVAILABLE`.
 */
export async function changeOwnProfile(
  { http }: HasHttp,
  change: {
    readonly username?: string;
    readonly email?: string;
    readonly firstStepsDone?: true;
  },
): Promise<OwnProfile> {
  return profileOf(await http.call('PATCH', '/api/me', change));
}

/**
 * Shows the middle of a picture to other users: PNG, JPEG, GIF or WebP, up to 5 MB.
 *
 * @throws {ChatError} `VALIDATION_ERROR` for a file that is not such a picture; `FORBIDDEN` with the field
 * `avatar` if another application gives the picture, and with the field `file` if this server cannot take
 * pictures; `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function setOwnAvatar({ http }: HasHttp, picture: Blob): Promise<UserPayload> {
  const form = new FormData();
  form.append('file', picture, 'picture');
  return profileOf(await http.call('PUT', '/api/me/avatar', form));
}

/** @throws {ChatError} `FORBIDDEN` if another application gives the picture; `UNAVAILABLE`. */
export async function removeOwnAvatar({ http }: HasHttp): Promise<UserPayload> {
  return profileOf(await http.call('DELETE', '/api/me/avatar'));
}

function profileOf(answer: unknown): OwnProfile {
  // The server documents the answers of these routes.
  return (answer as { readonly user: OwnProfile }).user;
}
