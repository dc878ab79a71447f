/** A user as responses show it. */
import { shownName, type User } from '../../model/user.ts';

export function toPublicUser(user: User): object {
  const { id, username, createdAtMs } = user;
  return { id, username, ...shownName(user), createdAt: new Date(createdAtMs).toISOString() };
}
