/** User accounts. Times in all records are milliseconds since 1970, UTC. */
import type { UserId } from '@parley/protocol';

export type Role = 'owner' | 'admin' | 'member';

export interface User {
  readonly id: UserId;
  /** As written at registration; unique without case. */
  readonly username: string;
  readonly displayName: string;
  readonly role: Role;
  readonly createdAtMs: number;
}

export interface Credentials {
  readonly user: User;
  readonly passwordHash: string;
}

/** The issuer of those whom the server itself has made, such as the assistant; no issuer of tokens can have this name. */
export const OWN_ISSUER = '';
