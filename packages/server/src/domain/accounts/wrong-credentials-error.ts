/** The error of logins by password. */
import { ChatError } from '@parley/protocol';

/** The error of every failed login, whatever was wrong. Only the log names the reason. */
export function wrongCredentials(cause: 'unknown-account' | 'wrong-password'): ChatError {
  return new ChatError('UNAUTHENTICATED', { message: 'Invalid credentials' }, { cause });
}

/** The error of a login with the right password and without a valid code. */
export function codeNeeded(cause: 'no-code' | 'wrong-code'): ChatError {
  const message = cause === 'no-code' ? 'A code is needed' : 'This code is wrong, or was used';
  return new ChatError('UNAUTHENTICATED', { field: 'code', factor: 'totp', message }, { cause });
}

/** The error of a login with the right password, to an account that an administrator has disabled. */
export function accountDisabled(): ChatError {
  return new ChatError('FORBIDDEN', { message: 'This account is disabled' });
}
