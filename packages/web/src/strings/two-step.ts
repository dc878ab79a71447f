/** Texts of two-step sign-in in the settings, outside of the first load. */
import type { ChatError, ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const twoStepStrings = Object.freeze({
  title: 'Two-step sign-in',
  off: 'Off. When it is on, sign-in asks for a code of an authenticator app after the password. Turning it on logs you out on all other devices.',
  on: (codes: number) =>
    `On. Sign-in asks for a code of your authenticator app. ${
      codes === 1 ? '1 recovery code is' : `${codes} recovery codes are`
    } left.`,
  turnOn: 'Turn on',
  turnOff: 'Turn off',
  newCodes: 'New recovery codes',
  newCodesText: 'Your former recovery codes no longer work.',
  cancel: 'Cancel',
  password: 'Password',
  scan: 'Scan the QR code with an authenticator app, or enter the key there. Then enter the code that the app shows.',
  qrCode: 'QR code for the authenticator app',
  key: 'Key',
  code: 'Code of the app',
  anyCode: 'Code of the app, or a recovery code',
  confirm: 'Confirm',
  recoveryCodes: 'Recovery codes',
  recoveryText:
    'Two-step sign-in is on. Each of these codes works once in place of the app. Save them now: they are not shown again.',
  copy: 'Copy',
  copied: 'Copied.',
  notCopied: 'Not copied. Select the codes and copy them.',
  download: 'Download',
  fileName: 'parley-recovery-codes.txt',
  saved: 'I have saved them',
  problem: (
    code: ErrorCode,
    { field, proof, required, retryAfterSeconds = 1 }: ChatError['details'],
  ): string => {
    if (code === 'RATE_LIMITED') return strings.account.wait(retryAfterSeconds);
    if (code === 'CONFLICT') return 'This was changed on another device. Open the settings again.';
    if (code !== 'FORBIDDEN') return strings.error(code);
    if (required !== undefined) return 'Your server asks for two-step sign-in: it stays on.';
    if (proof !== undefined) return 'Not changed: your password is needed.';
    if (field === 'password') return 'The password is wrong.';
    if (field === 'code') return 'This code is wrong, or was used. Try the next one.';
    return 'Another application logs you in: turn on two-step sign-in there.';
  },
});
