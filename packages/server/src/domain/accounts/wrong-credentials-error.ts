/** The error of logins by password. */
import { ChatError } from '@parley/protocol';

/** The error of every failed login, whatever was wrong. Only the log names the reason. */
export function wrongCredentials(cause: 'unknown-account' | 'wrong-password'): ChatError {
  return new ChatError('UNAUTHENTICATED', { message: 'Invalid credentials' }, { cause });
}
