/** Texts of passkeys, outside of the first load. */
import type { ChatError, ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const passkeyStrings = Object.freeze({
  title: 'Passkeys',
  text: 'Sign in with the fingerprint, face or PIN of a device, in place of password and code.',
  none: 'You have no passkey.',
  elsewhere: 'Passkeys can be added and used at the public address of this server only.',
  name: 'Name of the new passkey',
  add: 'Add a passkey',
  added: 'Added.',
  since: (time: string) => `Added ${time}`,
  lastUsed: (time: string) => `Last used ${time}`,
  neverUsed: 'Not used yet',
  rename: 'Rename',
  renameOf: (name: string) => `Rename ${name}`,
  renameTitle: 'Rename the passkey',
  renameText: 'The name is shown to you only.',
  newName: 'Name',
  save: 'Save',
  remove: 'Remove',
  removeOf: (name: string) => `Remove ${name}`,
  orPasskey: 'Or use a passkey:',
  use: 'Use a passkey',
  declined: 'No passkey was used. Try again, or choose another way.',
  known: 'This device already has a passkey of your account.',
  notAccepted: 'This passkey was not accepted. Sign in with your password.',
  problem: (
    code: ErrorCode,
    { field, proof, retryAfterSeconds = 1 }: ChatError['details'],
  ): string => {
    if (code === 'RATE_LIMITED') return strings.account.wait(retryAfterSeconds);
    if (code === 'CONFLICT') return 'You have 20 passkeys. Remove one first.';
    if (code === 'VALIDATION_ERROR') return 'Use a name of 1 to 60 characters.';
    if (code !== 'FORBIDDEN') return strings.error(code);
    if (proof !== undefined) return 'Not done: confirm that it is you.';
    if (field === 'response') return 'The passkey was not accepted. Try again.';
    return 'Another application logs you in: passkeys are not for your account.';
  },
});
