/** Signs in with a passkey that the user chooses in a dialog of the browser, or below the username. */
import {
  type Account,
  beginPasskeySignIn,
  ChatError,
  signInWithPasskey,
  type UserPayload,
} from '@parley/client';
import { answerWithPasskey, PasskeyDeclined, pickPasskey } from '../passkeys/browser-passkeys.ts';
import { passkeyStrings as texts } from '../strings/passkey.ts';
import { sessionErrorOf } from './session-error.ts';

/** Shorter than the 5 minutes for which the server takes an answer. */
const RENEWED_MS = 4 * 60_000;

/**
 * Returns the user, or why there is none.
 *
 * @param chosen The answer of a passkey; if it is undefined, the browser asks for one.
 */
export async function signInByPasskey(
  account: Account,
  chosen?: object,
): Promise<UserPayload | string> {
  try {
    const answer = chosen ?? (await answerWithPasskey(await beginPasskeySignIn(account)));
    return await signInWithPasskey(account, answer);
  } catch (error) {
    if (error instanceof PasskeyDeclined) return error.message;
    if (ChatError.from(error).code === 'UNAUTHENTICATED') return texts.notAccepted;
    return sessionErrorOf(error, 'log in').text;
  }
}

/**
 * Lets the browser list passkeys below the username, as it lists stored passwords. Returns the answer of
 * the passkey that the user chooses; undefined when the signal aborts it.
 *
 * @throws {ChatError} @throws {PasskeyDeclined} The browser cannot do it.
 */
export async function offerPasskeys(
  account: Account,
  signal: AbortSignal,
): Promise<object | undefined> {
  while (!signal.aborted) {
    const options = await beginPasskeySignIn(account);
    const old = AbortSignal.timeout(RENEWED_MS);
    const chosen = await pickPasskey(options, AbortSignal.any([signal, old]));
    if (chosen !== undefined) return chosen;
  }
  return undefined;
}
