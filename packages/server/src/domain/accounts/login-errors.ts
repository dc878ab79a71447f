/** The error and the placeholder hash that logins by password share. */
import { ChatError } from '@parley/protocol';

/** Stored in place of a hash for accounts without a password. No password matches it. */
export const NO_PASSWORD = '!';

/** The error of every failed login, whatever was wrong. */
export function wrongCredentials(): ChatError {
  return new ChatError('UNAUTHENTICATED', { message: 'Invalid credentials' });
}
