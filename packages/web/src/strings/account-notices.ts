/** Texts about what other devices did with the account, outside of the first load. */
import type { AccountNotice, ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

const HAPPENED: Readonly<Record<AccountNotice['kind'], string>> = Object.freeze({
  signed_in: 'New sign-in',
  password_changed: 'Your password was changed',
  email_changed: 'Your e-mail address was changed',
  username_changed: 'Your username was changed',
  factor_added: 'A second step was added to your sign-in',
  factor_removed: 'A second step was removed from your sign-in',
  recovery_codes_changed: 'New recovery codes were made',
  provider_connected: 'A sign-in provider was connected to your account',
  provider_disconnected: 'A sign-in provider was disconnected from your account',
});

export const accountNoticeStrings = {
  title: 'Security',
  happened: (kind: AccountNotice['kind'], details: readonly string[]) =>
    `${HAPPENED[kind]}: ${details.filter((each) => each !== '').join(', ')}.`,
  wasItYou: 'Was it you?',
  times: (n: number) => `${n} times`,
  endSession: 'End that session',
  dismiss: 'Dismiss',
  more: (n: number) => `${n} more`,
  notEnded: (code: ErrorCode) => `The session was not ended. ${strings.error(code)}`,
} as const;
