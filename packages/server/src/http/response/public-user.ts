/** A user as responses show it. */
import { shownName, type User } from '../../model/user.ts';
import type { Answer } from '../openapi/answer-records.ts';

export function toPublicUser(user: User): Answer<'user'> {
  const { id, username, createdAtMs } = user;
  return { id, username, ...shownName(user), createdAt: new Date(createdAtMs).toISOString() };
}
