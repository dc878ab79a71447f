/** Texts of the dialog that asks for the password again, outside of the first load. */
import type { ChatError, ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const proofStrings = Object.freeze({
  title: 'Confirm that it is you',
  text: 'You logged in a while ago. Enter your password to continue.',
  password: 'Password',
  code: 'Code of the app, or a recovery code',
  submit: 'Continue',
  orProvider: 'Or sign in again with a provider, and repeat what you did:',
  signInAgain:
    'Your account has no password, and your provider does not ask again. Log out, sign in, and repeat what you did.',
  continueWith: (provider: string) => `Continue with ${provider}`,
  problem: (
    code: ErrorCode,
    { field, factor, retryAfterSeconds = 1 }: ChatError['details'],
  ): string => {
    if (code === 'RATE_LIMITED') return strings.account.wait(retryAfterSeconds);
    if (code !== 'FORBIDDEN') return strings.error(code);
    if (factor !== undefined) return 'Enter a code of your authenticator app that was not used.';
    if (field === 'password') return 'The password is wrong.';
    return strings.error(code);
  },
});
