/** Accounts as owners and admins of the server manage them. Pages load it when they need it. */
import { ChatError, type UserId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

export type ServerRole = 'owner' | 'admin' | 'moderator' | 'member' | 'guest';

/** A user as owners and admins of the server see the account. */
export interface ManagedAccount {
  readonly id: UserId;
  readonly username: string;
  readonly displayName: string;
  readonly role: ServerRole;
  readonly disabled: boolean;
  /** ISO 8601; absent without an end. */
  readonly disabledUntil?: string;
  readonly disabledReason?: string;
  /** `totp`: logins need a code. `passkey`: the user can sign in with a passkey. */
  readonly factors: readonly string[];
  /** The account is closed until its e-mail address is confirmed. */
  readonly unconfirmed?: boolean;
  /** ISO 8601; null if the user was never seen. */
  readonly lastSeenAt: string | null;
}

export interface AccountsPage {
  /** By username. */
  readonly users: readonly ManagedAccount[];
  /** Continues the list; absent at its end. */
  readonly next?: string;
}

/** The role of the user on the server. @throws {ChatError} `UNAUTHENTICATED`, `UNAVAILABLE`. */
export async function findServerRole({ http }: HasHttp): Promise<ServerRole> {
  const answer = await http.call('GET', '/api/auth/me');
  // The server documents the answers of these routes.
  return (answer as { readonly user: { readonly role: ServerRole } }).user.role;
}

/**
 * A page of all accounts, or of those one of whose names has a word that begins with the text.
 *
 * @param after From the page before.
 * @throws {ChatError} `FORBIDDEN` without the role, `UNAUTHENTICATED`, `UNAVAILABLE`.
 */
export async function listAccounts(
  { http }: HasHttp,
  { text = '', after }: { readonly text?: string; readonly after?: string | undefined } = {},
): Promise<AccountsPage> {
  const query = new URLSearchParams({
    ...(text === '' ? {} : { q: text }),
    ...(after === undefined ? {} : { after }),
  });
  const { users, next } = (await http.call('GET', `/api/admin/users?${query}`)) as AccountsPage;
  return { users, ...(next === undefined ? {} : { next }) };
}

/**
 * Sets the role of another user, whose sessions and connections go on with it.
 *
 * @throws {ChatError} `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` if no enabled owner would be left.
 */
export async function setServerRole(
  { http }: HasHttp,
  id: UserId,
  role: ServerRole,
): Promise<ManagedAccount> {
  return accountOf(await http.call('PATCH', pathOf(id), { role }));
}

/**
 * Disables another account, or enables it again.
 *
 * @param suspension When it ends by itself, and why: the user is shown both.
 * @throws {ChatError} As `setServerRole`.
 */
export async function setAccountDisabled(
  { http }: HasHttp,
  id: UserId,
  isDisabled: boolean,
  suspension: { readonly until?: Date; readonly reason?: string } = {},
): Promise<ManagedAccount> {
  const path = `${pathOf(id)}/${isDisabled ? 'disable' : 'enable'}`;
  return accountOf(await http.call('POST', path, isDisabled ? suspension : undefined));
}

/** Ends all sessions of a user, and their connections. @throws {ChatError} `FORBIDDEN`, `NOT_FOUND`. */
export async function endSessionsOf({ http }: HasHttp, id: UserId): Promise<void> {
  await http.call('POST', `${pathOf(id)}/sessions/end`);
}

/** Removes the picture of a user. @throws {ChatError} `FORBIDDEN`, `NOT_FOUND`. */
export async function removeAvatarOf({ http }: HasHttp, id: UserId): Promise<void> {
  await http.call('DELETE', `${pathOf(id)}/avatar`);
}

function pathOf(id: UserId): string {
  return `/api/admin/users/${encodeURIComponent(id)}`;
}

function accountOf(answer: unknown): ManagedAccount {
  const { user } = answer as { readonly user?: ManagedAccount };
  if (user === undefined) throw new ChatError('UNAVAILABLE');
  return user;
}
