/**
 * Hides read receipts from blocked users: the read positions and times of a direct room, as typing
 * there is hidden.
 */

import type { UserId } from '@parley/protocol';
import { recipientOf } from '../../model/direct-room-identity.ts';
import type { Room } from '../../model/room.ts';
import type { Store } from '../../ports/store.ts';

export interface ReadReceiptPrivacyDependencies {
  readonly store: Pick<Store, 'accounts'>;
}

/**
 * Returns the user whose read positions this user may not see, and who may not see this user's;
 * undefined if there is none. Call it after reading the positions to be shown, so that no position
 * later than the block is among them.
 *
 * @throws {ChatError} UNAVAILABLE.
 */
export async function findPrivateReader(
  { store }: ReadReceiptPrivacyDependencies,
  room: Room,
  userId: UserId,
): Promise<UserId | undefined> {
  const otherId = recipientOf(room, userId);
  if (otherId === undefined) return undefined;
  return (await store.accounts.isBlockedBetween(userId, otherId)) ? otherId : undefined;
}
