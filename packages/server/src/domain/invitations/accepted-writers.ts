/**
 * From whom a user accepts direct messages and groups. Conversations in which the user has written go
 * on, and admins of the server reach everybody. The refusal depends on the user's setting and on the rooms of the two, never on
 * blocks.
 */

import { ChatError, type UserId } from '@parley/protocol';
import { directKeyOf } from '../../model/direct-room-identity.ts';
import type { Standing } from '../../model/invitation.ts';
import { isServerAdmin, type User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import { requireExisting } from '../core/usable-account.ts';

type Author = Pick<User, 'id' | 'role'>;

interface AcceptedWritersDependencies {
  readonly store: Pick<Store, 'accounts' | 'invitations'>;
}

/** @throws {ChatError} FORBIDDEN if the user does not accept messages from the author; CONFLICT if the account is deleted. */
export async function requireAcceptedBy(
  { store }: AcceptedWritersDependencies,
  author: Author,
  userId: UserId,
): Promise<void> {
  const user = await store.accounts.findUser({ kind: 'id', id: userId });
  if (user !== undefined) requireExisting(user);
  if (user?.acceptedWriters === undefined || isServerAdmin(author)) return;
  const key = directKeyOf(userId, author.id);
  requireAccepted(author, user, await store.invitations.findStanding(userId, author.id, key));
}

/** As `requireAcceptedBy`. @param standing The relation of the user to the author. */
export function requireAccepted(
  author: Author,
  { acceptedWriters }: Pick<User, 'acceptedWriters'>,
  { isKnown, hasWritten, sharesRoom }: Standing,
): void {
  if (acceptedWriters === undefined || isServerAdmin(author)) return;
  if (isKnown || hasWritten || (acceptedWriters === 'shared-rooms' && sharesRoom)) return;
  const message = 'This person does not accept messages from you';
  throw new ChatError('FORBIDDEN', { message });
}
