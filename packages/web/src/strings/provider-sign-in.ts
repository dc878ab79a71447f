/** Texts of the sign-in with a provider, outside of the first load. */
import type { ChatError } from '@parley/client';
import { absoluteTime } from '../format-time.ts';
import { signInStrings } from './sign-in.ts';
import { strings } from './strings.ts';

export const providerStrings = Object.freeze({
  newTitle: 'Create your account',
  newText: (provider: string) =>
    `${provider} has confirmed who you are. There is no account for it here yet: choose a username, and we create one. From then on, you sign in with ${provider}.`,
  displayName: 'Name to show',
  displayNameHint: 'Others see it. You can change it later.',
  create: 'Create account',
  codeText: (provider: string) =>
    `${provider} has confirmed who you are. Two-step sign-in is on for your account.`,
  continue: 'Continue',
  haveAccount: 'Have an account already? Log in to it, and connect the provider in your settings.',
  back: 'Back to the login page',
  failedTitle: 'You are not signed in',
  expired: 'The sign-in took too long, or began in another browser or tab. Begin again.',
  inviteNeeded:
    'Accounts on this server need an invitation link. Open yours, and sign in from there.',
  problem: ({ code, details, message }: ChatError, isNew: boolean): string => {
    switch (code) {
      case 'NOT_FOUND':
        return providerStrings.expired;
      case 'CONFLICT':
        return details.field === 'username' ? signInStrings.usernameTaken : message;
      case 'UNAUTHENTICATED':
        return signInStrings.codeWrong;
      case 'RATE_LIMITED':
        return strings.account.wait(details.retryAfterSeconds ?? 1);
      case 'VALIDATION_ERROR':
        return message;
      case 'FORBIDDEN':
        return forbidden(details, isNew);
      default:
        return strings.error(code);
    }
  },
  /** By the reason in the address. */
  failed: (reason: string): string => FAILED[reason] ?? strings.error('INTERNAL_ERROR'),
});

const FAILED: Readonly<Record<string, string>> = Object.freeze({
  expired: providerStrings.expired,
  denied: 'The provider has not signed you in, or you have declined.',
  rejected:
    'The answer of the provider is not valid. Begin again; if it happens again, tell an administrator of this server.',
  unreachable: 'The provider does not answer. Try again later, or sign in in another way.',
  disabled: signInStrings.disabled,
  taken:
    'Nothing was connected: this identity belongs to another account here, or your account is connected to another identity of this provider.',
  other:
    'The provider has confirmed another identity than that of your account, or your account needs the password and a code.',
  busy: 'Too many sign-ins from your network. Wait a few minutes.',
  unavailable: strings.error('UNAVAILABLE'),
});

function forbidden(
  { field, disabledUntil, reason = '' }: ChatError['details'],
  isNew: boolean,
): string {
  if (!isNew) {
    return disabledUntil === undefined
      ? signInStrings.disabled
      : signInStrings.disabledUntil(absoluteTime(Date.parse(disabledUntil)), reason);
  }
  return field === 'invite' ? providerStrings.inviteNeeded : signInStrings.closed;
}
