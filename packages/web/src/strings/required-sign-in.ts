/** Texts of the page for sessions that lack what the server requires of sign-ins. */
import type { ChatError } from '@parley/client';
import { strings } from './strings.ts';

export const requiredStrings = Object.freeze({
  title: {
    'two-step': 'Your server asks for a second factor',
    provider: 'Your server asks for another sign-in',
    email: 'Confirm your e-mail address',
  },
  text: {
    'two-step': (username: string) => `Set up two-step sign-in to continue as ${username}.`,
    provider: (username: string) =>
      `Passwords no longer sign in here. Sign in with a provider that is connected to the account ${username}, or ask an administrator.`,
    email: (username: string) =>
      `We sent a link to the address with which you registered. Open it, then continue here as ${username}.`,
  },
  email: {
    another: 'Another e-mail address',
    anotherHint: 'If the first one was wrong. Empty: the same one.',
    again: 'Send the link again',
    sent: 'The link is on its way.',
    problem: ({ code, details }: ChatError): string => {
      if (code === 'RATE_LIMITED') return strings.account.wait(details.retryAfterSeconds ?? 1);
      return details.message ?? strings.error(code);
    },
    next: 'I have opened the link',
  },
  orPasskey: 'Or add a passkey, and sign in with it from then on:',
  passkeyElsewhere: 'You have a passkey: sign in with it at the public address of this server.',
  orProvider: 'Or sign in with a provider that is connected to your account:',
  logOut: 'Log out',
});
