/** Roles on the server that the claims of a provider give. */
import type { Role } from './user.ts';

/** Owners are appointed on the server only. */
export type GrantedRole = Extract<Role, 'admin' | 'moderator' | 'member'>;

/** The role of an account whose provider gives this one. Owners stay, and guests unless they get more. */
export function roleByProvider(role: Role, granted: GrantedRole): Role {
  const isKept = role === 'owner' || (role === 'guest' && granted === 'member');
  return isKept ? role : granted;
}
