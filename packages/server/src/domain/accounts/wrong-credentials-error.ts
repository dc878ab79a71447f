/** The error of logins by password. */
import { ChatError } from '@parley/protocol';

/** The error of every failed login, whatever was wrong. */
export function wrongCredentials(): ChatError {
  return new ChatError('UNAUTHENTICATED', { message: 'Invalid credentials' });
}
