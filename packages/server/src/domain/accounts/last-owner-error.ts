/** The server keeps an owner. */
import { ChatError } from '@parley/protocol';

/** Returns the keys of the ended sessions. @throws {ChatError} CONFLICT if no enabled owner would be left. */
export function requireOwner(ended: readonly string[] | 'last-owner'): readonly string[] {
  if (ended !== 'last-owner') return ended;
  const message = 'This is the last enabled owner of the server: make another user owner first';
  throw new ChatError('CONFLICT', { message });
}
