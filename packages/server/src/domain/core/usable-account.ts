/** Acts that name a person ask first whether somebody can use the account. */
import { ChatError, type ErrorDetails } from '@parley/protocol';
import { isDisabled, type User } from '../../model/user.ts';

/** @throws {ChatError} CONFLICT for a deleted account. */
export function requireExisting(
  { deletedAtMs }: Pick<User, 'deletedAtMs'>,
  field?: ErrorDetails['field'],
): void {
  if (deletedAtMs === undefined) return;
  const message = 'This account is deleted';
  throw new ChatError('CONFLICT', { ...(field === undefined ? {} : { field }), message });
}

/**
 * For what needs a person: memberships and roles.
 *
 * @throws {ChatError} CONFLICT for an account that is deleted, or disabled now.
 */
export function requireUsable(user: User, nowMs: number, field?: ErrorDetails['field']): void {
  requireExisting(user, field);
  if (isDisabled(user, nowMs)) throw unusable(field);
}

export function unusable(field?: ErrorDetails['field']): ChatError {
  const message = 'This account is disabled';
  return new ChatError('CONFLICT', { ...(field === undefined ? {} : { field }), message });
}
