/** User accounts. Times in all records are milliseconds since 1970, UTC. */
import type { PresenceStatus, ShownUser, UserId } from '@parley/protocol';
import type { InviteUse } from './invite.ts';
import type { FactorProof } from './second-factor.ts';
import type { SignInIdentity } from './sign-in-identity.ts';

/** On the server; a guest knows only the rooms of which others made the guest a member. */
export type Role = 'owner' | 'admin' | 'moderator' | 'member' | 'guest';

export interface User {
  readonly id: UserId;
  /** As entered at registration; unique ignoring case. */
  readonly username: string;
  readonly displayName: string;
  /** Another user shows a name that looks the same. */
  readonly isNameShared?: boolean;
  /** Id in the application that authenticates the user: the subject of its tokens. */
  readonly externalId?: string | undefined;
  /** Address of a picture: of a file of this server, or as that application gives it. */
  readonly avatarUrl?: string | undefined;
  /** The server itself created the user, such as the assistant. */
  readonly isBot?: boolean;
  readonly role: Role;
  /** When an administrator disabled the account: nobody can use it. */
  readonly disabledAtMs?: number;
  /** When it can be used again; undefined if it has no end. No timer ends it: each use compares the time. */
  readonly disabledUntilMs?: number;
  /** Why, as the user is shown. */
  readonly disabledReason?: string;
  /** When the account was deleted: it is disabled, and only the id is left of the user. */
  readonly deletedAtMs?: number;
  readonly createdAtMs: number;
  /** Others are not shown when the user was last seen. */
  readonly hidesLastSeen?: boolean;
  /** Absent if everybody may write to the user. */
  readonly acceptedWriters?: Exclude<AcceptedWriters, 'everybody'>;
}

/**
 * From whom a user accepts direct messages and groups: from users with whom the user shares a room, or
 * from those whom the user knows (`Standing.isKnown`).
 */
export type AcceptedWriters = 'everybody' | 'shared-rooms' | 'contacts';

/** A change of what others notice of a user's choices. */
export interface ShownPrivacy {
  readonly hidesLastSeen?: boolean | undefined;
  readonly acceptedWriters?: AcceptedWriters | undefined;
}

/** An account that is disabled until a time. */
export interface Suspension {
  /** Undefined without an end. */
  readonly untilMs: number | undefined;
  /** Empty if none was given. */
  readonly reason: string;
}

/** Whether nobody can use the account now. */
export function isDisabled(
  {
    disabledAtMs,
    disabledUntilMs,
    deletedAtMs,
  }: Pick<User, 'disabledAtMs' | 'disabledUntilMs' | 'deletedAtMs'>,
  nowMs: number,
): boolean {
  if (deletedAtMs !== undefined) return true;
  return disabledAtMs !== undefined && (disabledUntilMs ?? Number.POSITIVE_INFINITY) > nowMs;
}

/** The user as enabled, if the account is disabled until an earlier time. */
export function userAt(user: User, nowMs: number): User {
  if (isDisabled(user, nowMs)) return user;
  const { disabledAtMs, disabledUntilMs, disabledReason, ...enabled } = user;
  return enabled;
}

/** Whether the user has the rights of the server's owner and admins in every room and workspace. */
export function isServerAdmin({ role }: Pick<User, 'role'>): boolean {
  return role === 'owner' || role === 'admin';
}

/** A user as clients show them. */
export type ShownName = {
  readonly [Field in keyof ShownUser]: ShownUser[Field] | undefined;
};

/** Name, id and picture that clients show of a user, for answers and events. */
export function shownName({
  username,
  displayName,
  isNameShared,
  externalId,
  avatarUrl,
  isBot,
}: Pick<
  User,
  'username' | 'displayName' | 'isNameShared' | 'externalId' | 'avatarUrl' | 'isBot'
>): ShownUser {
  return shownNameOf({
    displayName: displayName === username ? undefined : displayName,
    nameShared: isNameShared ? true : undefined,
    externalId,
    avatarUrl,
    isBot: isBot ? true : undefined,
  });
}

/** Picks from a record what clients show. */
export function shownNameOf(shown: ShownName): ShownUser {
  const { displayName, nameShared, externalId, avatarUrl, isBot } = shown;
  return {
    ...(displayName !== undefined && { displayName }),
    ...(nameShared && { nameShared }),
    ...(externalId !== undefined && { externalId }),
    ...(avatarUrl !== undefined && { avatarUrl }),
    ...(isBot && { isBot }),
  };
}

const AVATAR_URL_LENGTH_MAX = 2048;

/** Whether clients may load a picture from this address: others could read the page, or who loads it. */
export function isAvatarUrl(text: string): boolean {
  if (text.length > AVATAR_URL_LENGTH_MAX || !URL.canParse(text)) return false;
  const { protocol, username, password, href } = new URL(text);
  return protocol === 'https:' && username === '' && password === '' && href === text;
}

/** `invisible`: other users see the user as offline. */
export type OwnStatus = Exclude<PresenceStatus, 'offline'>;

/** How a user wants to appear while connected. */
export interface ChosenPresence {
  readonly status: OwnStatus;
  readonly statusText: string | undefined;
  /** The end of the choice; undefined if it has none. */
  readonly untilMs?: number | undefined;
}

export interface DatedPresence extends ChosenPresence {
  readonly chosenAtMs: number;
}

/** The latest choice of a user, which outlives the connections. */
export interface StoredPresence extends DatedPresence {
  readonly userId: UserId;
}

/** The e-mail address of a user. */
export interface Email {
  readonly address: string;
  /** The user has opened a link that was sent to it. */
  readonly isConfirmed: boolean;
  /** Takes the place of this confirmed address when it is confirmed too. */
  readonly pending?: string | undefined;
  /** The account is closed until it is confirmed. */
  readonly isRequired?: true;
}

/** An address of a user that was confirmed, and the one whose place it took. */
export interface ConfirmedEmail {
  readonly userId: UserId;
  readonly address: string;
  readonly former: string | undefined;
}

/** A user who had another username. */
export interface RenamedUser {
  readonly user: User;
  /** The former name, as it was asked for. */
  readonly formerUsername: string;
}

export interface LastSeen {
  readonly userId: UserId;
  readonly lastSeenAtMs: number;
}

/** A user as operators see the account. */
export interface Account {
  readonly user: User;
  readonly lastSeenAtMs: number | undefined;
  /** Logins need a code besides the password. */
  readonly hasFactor: boolean;
  /** The user can sign in with a passkey, in place of password and code. */
  readonly hasPasskey: boolean;
  /** The user had to confirm an e-mail address to use the account, and has not yet. */
  readonly isUnconfirmed: boolean;
}

export interface Credentials {
  readonly user: User;
  readonly passwordHash: string;
  /** Of the second factor, if the user has one. */
  readonly proof?: FactorProof | undefined;
}

/** Whether a new account was stored, or why not. */
export type InsertedUser =
  | 'stored'
  | 'stored-as-owner'
  | 'taken'
  | 'look-taken'
  | 'no-place'
  /** A user of the same network, or of the same invite, was suspended within a day. */
  | 'barred'
  | 'not-first'
  | 'identity-taken';

/** Terms under which a new account is stored. */
export interface Admission {
  readonly use?: InviteUse | undefined;
  /** Whether a username that looks like another one is `look-taken`. */
  readonly isDistinct?: boolean | undefined;
  readonly first?: 'may-be' | 'must-be' | undefined;
  /** With which the user signs in; `identity-taken` if it belongs to another account. */
  readonly identity?: SignInIdentity | undefined;
  /** The account is closed until the address is confirmed, which this mail asks for. */
  readonly email?: { readonly address: string; readonly mailId: string } | undefined;
  /** Another application has confirmed this address; it is left out if another account has it. */
  readonly confirmedEmail?: string | undefined;
}

/** Stored in place of a hash for accounts without a password. No password matches it. */
export const NO_PASSWORD = '!';

/**
 * Issuer of users created by the server itself, such as the assistant; no token issuer can have
 * this name.
 */
export const OWN_ISSUER = '';

/** A change of how a user is shown. */
export interface Renaming {
  readonly userId: UserId;
  readonly displayName: string;
  /** Undefined if it stays. */
  readonly username?: string | undefined;
  readonly isNameShared?: boolean | undefined;
  readonly avatarUrl?: string | undefined;
  readonly hidesLastSeen?: boolean | undefined;
}

/** Users whose names begin with a text. */
export interface FoundUsers {
  readonly users: readonly User[];
  /** More names than the limit begin with the text. */
  readonly hasMore: boolean;
}
