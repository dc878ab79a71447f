/** Links that let people in. Outside of the classes, so that pages load it when they need it. */
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

/** A link of the user. */
export interface Invite {
  readonly id: string;
  readonly roomIds: readonly RoomId[];
  readonly workspaceId?: WorkspaceId;
  /** The link was mailed there. */
  readonly email?: string;
  /** Maximum number of users; null if there is none. */
  readonly uses: number | null;
  /** Number of users who were let in. */
  readonly useCount: number;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** Only in the list of the links of all users. */
  readonly creator?: {
    readonly id: UserId;
    readonly username: string;
    readonly displayName: string;
  };
}

/** Only the answer to its creation has the token and the address. */
export interface NewInvite extends Invite {
  readonly token: string;
  readonly url: string;
}

export interface InvitesPage {
  /** Latest first. */
  readonly invites: readonly Invite[];
  /** Continues the list; absent at its end. */
  readonly next?: string;
}

/**
 * Creates a link that lets people in: to the server, to rooms, and to a workspace.
 *
 * @param what `expiresAt` is ISO 8601; default: in 7 days, and for any number of users.
 * @throws {ChatError} `NOT_FOUND`, `FORBIDDEN`, `VALIDATION_ERROR`, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function createInvite(
  { http }: HasHttp,
  what: {
    readonly roomIds?: readonly RoomId[];
    readonly workspaceId?: WorkspaceId;
    readonly uses?: number;
    readonly expiresAt?: string;
  },
): Promise<NewInvite> {
  const answer = await http.call('POST', '/api/invites', what);
  // The server documents the answers of these routes.
  return (answer as { readonly invite: NewInvite }).invite;
}

/** Whether the server sends mail. @throws {ChatError} `UNAVAILABLE`. */
export async function sendsMail({ http }: HasHttp): Promise<boolean> {
  const answer = await http.call('GET', '/api/auth/session');
  return (answer as { readonly sendsMail: boolean }).sendsMail;
}

/**
 * Mails a link that lets one person in: to the server, and to rooms.
 *
 * @throws {ChatError} `NOT_FOUND`, `FORBIDDEN`, also if the server sends no mail; `VALIDATION_ERROR`,
 *   `RATE_LIMITED` (50 mails a day, 3 to one address), `UNAVAILABLE`.
 */
export async function mailInvite(
  { http }: HasHttp,
  email: string,
  roomIds: readonly RoomId[] = [],
): Promise<Invite> {
  const answer = await http.call('POST', '/api/invites', { email, roomIds });
  return (answer as { readonly invite: Invite }).invite;
}

/**
 * A page of the user's links that have not expired.
 *
 * @param after From the page before.
 * @param scope `all`: those of all users, also expired ones, for owners and admins of the server.
 * @throws {ChatError} `FORBIDDEN`, `UNAUTHENTICATED`, `UNAVAILABLE`.
 */
export async function listInvites(
  { http }: HasHttp,
  after?: string,
  scope: 'own' | 'all' = 'own',
): Promise<InvitesPage> {
  const query = new URLSearchParams({ scope, ...(after === undefined ? {} : { after }) });
  const { invites, next } = (await http.call('GET', `/api/invites?${query}`)) as InvitesPage;
  return { invites, ...(next === undefined ? {} : { next }) };
}

/** The link lets no user in afterwards. @throws {ChatError} `NOT_FOUND`, `UNAVAILABLE`. */
export async function revokeInvite({ http }: HasHttp, id: string): Promise<void> {
  await http.call('DELETE', `/api/invites/${encodeURIComponent(id)}`);
}

/**
 * Makes the user a member of the rooms of a link, and returns them.
 *
 * @throws {ChatError} `NOT_FOUND` if it lets no user in, `FORBIDDEN`, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function acceptInvite(
  { http }: HasHttp,
  token: string,
): Promise<readonly { readonly id: RoomId; readonly name: string }[]> {
  const answer = await http.call('POST', '/api/invites/accept', { token });
  return (answer as { readonly rooms: readonly { id: RoomId; name: string }[] }).rooms;
}
