/** User accounts. Times in all records are milliseconds since 1970, UTC. */
import type { UserId } from '@parley/protocol';

export type Role = 'owner' | 'admin' | 'member';

export interface User {
  readonly id: UserId;
  /** As entered at registration; unique ignoring case. */
  readonly username: string;
  readonly displayName: string;
  /** Another user shows a name that looks the same. */
  readonly isNameShared?: boolean;
  readonly role: Role;
  readonly createdAtMs: number;
}

/** Whether the user has the rights of the server's owner and admins in every room and workspace. */
export function isServerAdmin({ role }: Pick<User, 'role'>): boolean {
  return role === 'owner' || role === 'admin';
}

/** The name of a user as clients show it. */
export interface ShownName {
  /** Absent if it is the username. */
  readonly displayName?: string | undefined;
  /** Another user shows a name that looks the same: clients show the username beside it. */
  readonly nameShared?: true | undefined;
}

/** The name to show, for answers and events. */
export function shownName({
  username,
  displayName,
  isNameShared,
}: Pick<User, 'username' | 'displayName' | 'isNameShared'>): {
  readonly displayName?: string;
  readonly nameShared?: true;
} {
  return {
    ...(displayName !== username && { displayName }),
    ...(isNameShared && { nameShared: true }),
  };
}

/** Picks the name from a record that has one. */
export function shownNameOf({ displayName, nameShared }: ShownName): {
  readonly displayName?: string;
  readonly nameShared?: true;
} {
  return { ...(displayName !== undefined && { displayName }), ...(nameShared && { nameShared }) };
}

/** How a user wants to appear while connected. */
export interface ChosenPresence {
  readonly status: 'online' | 'away' | 'busy';
  readonly statusText: string | undefined;
  /** The end of the choice; undefined if it has none. */
  readonly untilMs?: number | undefined;
}

/** The latest choice of a user, which outlives the connections. */
export interface StoredPresence extends ChosenPresence {
  readonly userId: UserId;
  readonly chosenAtMs: number;
}

export interface LastSeen {
  readonly userId: UserId;
  readonly lastSeenAtMs: number;
}

export interface Credentials {
  readonly user: User;
  readonly passwordHash: string;
}

/** Stored in place of a hash for accounts without a password. No password matches it. */
export const NO_PASSWORD = '!';

/**
 * Issuer of users created by the server itself, such as the assistant; no token issuer can have
 * this name.
 */
export const OWN_ISSUER = '';
