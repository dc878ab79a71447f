/** Deletes accounts: for those who manage them, for the operator, and for the users themselves. */
import { ChatError } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { ConfirmationExpiry, MessagesOfDeleted } from '../../model/removal.ts';
import type { User } from '../../model/user.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { RemovalStore } from '../../ports/removal-store.ts';
import { requireChanged } from './account-refusal.ts';
import { DELETED_PREFIX } from './reserved-names.ts';

const DISPLAY_NAME = 'Deleted user';
/** The random end of an id: with the prefix as long as a username may be. */
const ID_LENGTH = 12;

interface DeletionDependencies {
  readonly removals: Pick<RemovalStore, 'deleteAccount'>;
  readonly secrets: Pick<Crypto, 'newId'>;
}

/**
 * Takes the account's names and data, and ends its sessions, of which it returns the keys. The rest is
 * done in steps: `domain/removals`.
 *
 * @param expiry Deletes the account only if it has expired.
 *
 * @throws {ChatError} NOT_FOUND if it is deleted already, or has not expired; CONFLICT for the last
 *   enabled owner.
 */
export async function deleteAccount(
  { removals, secrets }: DeletionDependencies,
  { id: userId }: Pick<User, 'id'>,
  messages: MessagesOfDeleted,
  by: By,
  expiry?: ConfirmationExpiry,
): Promise<readonly string[]> {
  const username = DELETED_PREFIX + userId.slice(-ID_LENGTH);
  const removalId = secrets.newId();
  const deletion = { userId, username, displayName: DISPLAY_NAME, messages, removalId, expiry };
  const ended = await removals.deleteAccount(deletion, by);
  if (ended === 'unknown') throw new ChatError('NOT_FOUND', { field: 'id' });
  return requireChanged(ended);
}
