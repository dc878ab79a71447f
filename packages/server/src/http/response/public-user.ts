/** A user as responses show it. */
import type { User } from '../../model/user.ts';

export function toPublicUser({ id, username, createdAtMs }: User): object {
  return { id, username, createdAt: new Date(createdAtMs).toISOString() };
}
