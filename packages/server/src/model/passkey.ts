/** Passkeys (WebAuthn): credentials with which users sign in without a password and a code. */
import type { UserId } from '@parley/protocol';

export interface Passkey {
  readonly id: string;
  readonly userId: UserId;
  /** As the authenticator has chosen it, in base64url; unique. */
  readonly credentialId: string;
  /** COSE (RFC 9052), in base64url. */
  readonly publicKey: string;
  /** Signatures that the authenticator has counted; 0 if it does not count. */
  readonly counter: number;
  /** How the browser reaches the authenticator, such as `internal`. */
  readonly transports: readonly string[];
  /** Chosen by the user. */
  readonly name: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | undefined;
}

/** Of one user. */
export const PASSKEYS_MAX = 20;

/** COSE algorithms in the order of preference: EdDSA, ES256, RS256, which all browsers support. */
export const PASSKEY_ALGORITHMS = [-8, -7, -257] as const;
