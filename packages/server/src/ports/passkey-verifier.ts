/** Verifies what authenticators sign (WebAuthn). */
import type { Passkey } from '../model/passkey.ts';

/** The answer of an authenticator that has made a credential: binary fields in base64url. */
export interface NewPasskeyAnswer {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports?: readonly string[];
  };
}

/** The answer of an authenticator that has used one. */
export interface PasskeyAnswer {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string;
  };
}

/** Whether the server has asked for this signature. */
type IsExpected = (challenge: string) => boolean;

/**
 * Each method returns undefined for an answer that is not valid: of another site or origin, without the
 * user's PIN or alike, or to a challenge that is not expected.
 */
export interface PasskeyVerifier {
  /** The domain for which authenticators make passkeys, and for which they use them. */
  readonly site: string;
  verifyNew(
    answer: NewPasskeyAnswer,
    isExpected: IsExpected,
  ): Promise<Pick<Passkey, 'credentialId' | 'publicKey' | 'counter'> | undefined>;
  /** Returns the counter of the signature. */
  verify(
    answer: PasskeyAnswer,
    passkey: Passkey,
    isExpected: IsExpected,
  ): Promise<number | undefined>;
}
