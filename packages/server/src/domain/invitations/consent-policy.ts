/** Whether users have to consent before others add them to a workspace or group. */

import { ChatError, type UserId } from '@parley/protocol';
import type { Store } from '../../ports/store.ts';
import { directKeyOf } from '../direct/direct-room-identity.ts';

export interface ConsentDependencies {
  readonly store: Pick<Store, 'invitations'>;
}

/**
 * Whether a user has to consent before the other adds them.
 *
 * @throws {ChatError} FORBIDDEN if one of the two has blocked the other.
 */
export async function requiresConsent(
  { store }: ConsentDependencies,
  userId: UserId,
  otherId: UserId,
): Promise<boolean> {
  const key = directKeyOf(userId, otherId);
  const standing = await store.invitations.findStanding(userId, otherId, key);
  if (standing.isBlocked) throw new ChatError('FORBIDDEN');
  return standing.asksFirst && !standing.isKnown;
}
