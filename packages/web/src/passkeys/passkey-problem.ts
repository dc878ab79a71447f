/** Text for what went wrong with a passkey. */
import { ChatError } from '@parley/client';
import { passkeyStrings } from '../strings/passkey.ts';
import { PasskeyDeclined } from './browser-passkeys.ts';

export function passkeyProblem(error: unknown): string {
  if (error instanceof PasskeyDeclined) return error.message;
  const { code, details } = ChatError.from(error);
  return passkeyStrings.problem(code, details);
}
