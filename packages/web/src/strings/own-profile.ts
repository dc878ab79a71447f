/** Texts of the username and the e-mail address in the settings, outside of the first load. */
import type { ChatError, ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

type Details = ChatError['details'];

export const ownProfileStrings = Object.freeze({
  username: 'Username',
  usernameHint:
    'You sign in with it, and others mention you by it. Your former username stays reserved for you. 3 changes in 30 days.',
  saveUsername: 'Change username',
  usernameProblem: (code: ErrorCode, { field, proof }: Details): string => {
    if (code === 'CONFLICT')
      return 'This username is taken, or looks like one that is. Choose another one.';
    if (code === 'VALIDATION_ERROR')
      return 'A username has 3 to 20 letters, digits, “_” or “-”, and is not reserved.';
    if (code === 'RATE_LIMITED') return 'Not changed. You have changed it too often lately.';
    if (code === 'FORBIDDEN' && field === 'username')
      return 'Another application logs you in: change it there.';
    return proof === undefined ? strings.error(code) : 'Not changed: your password is needed.';
  },
  emailTitle: 'E-mail',
  email: 'E-mail address',
  emailHint: 'Optional. Other people do not see it.',
  emailState: (isConfirmed: boolean) =>
    isConfirmed ? 'Confirmed. Other people do not see it.' : 'Not confirmed yet.',
  emailPending: (email: string) =>
    `Open the link in the mail to the new address. Until then, ${email} stays in use.`,
  saveEmail: 'Save e-mail address',
  emailProblem: (code: ErrorCode, { proof }: Details): string => {
    if (code === 'VALIDATION_ERROR') return 'This is not an e-mail address.';
    return proof === undefined ? strings.error(code) : 'Not saved: your password is needed.';
  },
});
