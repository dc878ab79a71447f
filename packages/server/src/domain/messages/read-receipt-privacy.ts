/** What a block hides of reading: up to where, and when, each of two has read their direct room, as typing there is hidden. */

import type { UserId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { Store } from '../../ports/store.ts';
import { recipientOf } from '../direct/direct-room-rules.ts';

export interface ReadReceiptPrivacyDependencies {
  readonly store: Pick<Store, 'accounts'>;
}

/**
 * Whose reading of a room this person may not see, nor they that of this person;
 * undefined where there is nobody. To be asked after the positions that are to be shown:
 * none of a later time than the block is among them then.
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
