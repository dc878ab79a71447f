/** User accounts. Times in all records are milliseconds since 1970, UTC. */
import type { UserId } from '@parley/protocol';

export type Role = 'owner' | 'admin' | 'member';

export interface User {
  readonly id: UserId;
  /** As entered at registration; unique ignoring case. */
  readonly username: string;
  readonly displayName: string;
  readonly role: Role;
  readonly createdAtMs: number;
}

/** Whether the user has the rights of the server's owner and admins in every room and workspace. */
export function isServerAdmin({ role }: Pick<User, 'role'>): boolean {
  return role === 'owner' || role === 'admin';
}

/** The name to show, for answers and events: absent if it is the username. */
export function shownName({ username, displayName }: Pick<User, 'username' | 'displayName'>): {
  readonly displayName?: string;
} {
  return displayName === username ? {} : { displayName };
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
