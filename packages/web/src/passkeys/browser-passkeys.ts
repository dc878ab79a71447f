/** Makes and uses passkeys with the dialogs of the browser. Loaded with the first use. */
import {
  startAuthentication,
  startRegistration,
  WebAuthnAbortService,
  WebAuthnError,
} from '@simplewebauthn/browser';
import { passkeyStrings } from '../strings/passkey.ts';

type CreationOptions = Parameters<typeof startRegistration>[0]['optionsJSON'];
type RequestOptions = Parameters<typeof startAuthentication>[0]['optionsJSON'];

/** The user or the device has declined: no error of the server. */
export class PasskeyDeclined extends Error {
  override readonly name = 'PasskeyDeclined';
}

/** @param options Of the server. @throws {PasskeyDeclined} */
export function makePasskey(options: object): Promise<object> {
  return declined(startRegistration({ optionsJSON: options as CreationOptions }));
}

/** @param options Of the server. @throws {PasskeyDeclined} */
export function answerWithPasskey(options: object): Promise<object> {
  return declined(startAuthentication({ optionsJSON: options as RequestOptions }));
}

/**
 * As `answerWithPasskey`, in the list of the field with `autocomplete="username webauthn"`, where the browser has
 * it; undefined when the signal aborts it.
 *
 * @throws {PasskeyDeclined}
 */
export async function pickPasskey(
  options: object,
  signal: AbortSignal,
): Promise<object | undefined> {
  if (signal.aborted) return undefined;
  const optionsJSON = options as RequestOptions;
  const cancel = (): void => WebAuthnAbortService.cancelCeremony();
  signal.addEventListener('abort', cancel);
  try {
    const answer = await declined(startAuthentication({ optionsJSON, useBrowserAutofill: true }));
    // The library has begun after the abort.
    return signal.aborted ? undefined : answer;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function declined(answer: Promise<object>): Promise<object> {
  try {
    return await answer;
  } catch (error) {
    const isKnown =
      error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED';
    // The texts of browsers are for developers.
    throw new PasskeyDeclined(isKnown ? passkeyStrings.known : passkeyStrings.declined, {
      cause: error,
    });
  }
}
