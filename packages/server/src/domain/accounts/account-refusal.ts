/** The errors for changes of accounts that are not stored. */
import { ChatError } from '@parley/protocol';
import type { AccountRefusal } from '../../model/session.ts';
import { sanctionStays } from '../errors.ts';

/**
 * Returns the keys of the ended sessions.
 *
 * @throws {ChatError} CONFLICT if no enabled owner would be left, or a sanction stays; NOT_FOUND, FORBIDDEN.
 */
export function requireChanged(
  ended: readonly string[] | AccountRefusal,
  act: 'set' | 'lift' = 'set',
): readonly string[] {
  if (typeof ended !== 'string') return ended;
  throw refusal(ended, act);
}

export function refusal(why: AccountRefusal, act: 'set' | 'lift'): ChatError {
  switch (why) {
    case 'last-owner': {
      const message = 'This is the last enabled owner of the server: make another user owner first';
      return new ChatError('CONFLICT', { message });
    }
    case 'disabled':
      return new ChatError('CONFLICT', { message: 'This account is disabled: enable it first' });
    case 'absent':
      return new ChatError('NOT_FOUND', { field: 'id' });
    case 'forbidden':
      return new ChatError('FORBIDDEN');
    default:
      return sanctionStays(why, act);
  }
}
