/** The error of logins by password. */
import { ChatError } from '@parley/protocol';
import type { User } from '../../model/user.ts';

/** The error of every failed login, whatever was wrong. Only the log names the reason. */
export function wrongCredentials(cause: 'unknown-account' | 'wrong-password'): ChatError {
  return new ChatError('UNAUTHENTICATED', { message: 'Invalid credentials' }, { cause });
}

/** The error of a login with the right password and without a valid code. */
export function codeNeeded(cause: 'no-code' | 'wrong-code'): ChatError {
  const message = cause === 'no-code' ? 'A code is needed' : 'This code is wrong, or was used';
  return new ChatError('UNAUTHENTICATED', { field: 'code', factor: 'totp', message }, { cause });
}

/** The error of every failed sign-in with a passkey. */
export function wrongPasskey(): ChatError {
  const message = 'This passkey was not accepted';
  return new ChatError('UNAUTHENTICATED', { field: 'response', message });
}

/** The error of a login with the right password, to an account that an administrator has disabled. */
export function accountDisabled({
  disabledUntilMs,
  disabledReason = '',
}: Pick<User, 'disabledUntilMs' | 'disabledReason'>): ChatError {
  const disabledUntil =
    disabledUntilMs === undefined ? undefined : new Date(disabledUntilMs).toISOString();
  const why = disabledReason === '' ? '' : `: ${disabledReason}`;
  const end = disabledUntil === undefined ? '' : ` until ${disabledUntil}`;
  return new ChatError('FORBIDDEN', {
    ...(disabledUntil === undefined ? {} : { disabledUntil }),
    ...(disabledReason === '' ? {} : { reason: disabledReason }),
    message: `This account is disabled${end}${why}`,
  });
}
