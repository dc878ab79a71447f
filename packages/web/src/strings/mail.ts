/** Texts of the pages for forgotten passwords and confirmations of e-mail addresses, outside of the first load. */
import type { ChatError } from '@parley/client';
import { strings } from './strings.ts';

export const mailStrings = Object.freeze({
  forgotTitle: 'Forgotten password',
  forgotText:
    'If your account has a confirmed e-mail address, we send a link to it that sets a new password.',
  name: 'Username or e-mail address',
  send: 'Send link',
  sent: 'If there is such an account with a confirmed e-mail address, the link is on its way.',
  noMail: 'This server sends no mail. Ask an administrator of the server for a link.',
  confirmTitle: 'Confirm your e-mail address',
  confirmText: 'With it, you can set a new password if you forget yours.',
  confirm: 'Confirm',
  confirmed: 'Your e-mail address is confirmed.',
  invalid:
    'This link has expired, or was used or replaced. Save the address again in your settings.',
  toApp: (server: string) => `Continue to ${server}`,
  problem: ({ code, details }: ChatError, otherwise: Partial<Record<string, string>>): string => {
    if (code === 'RATE_LIMITED') return strings.account.wait(details.retryAfterSeconds ?? 1);
    return otherwise[code] ?? strings.error(code);
  },
});
