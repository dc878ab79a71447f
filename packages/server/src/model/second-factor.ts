/** The second factor of an account: codes of an authenticator app, and recovery codes in its place. */
import type { UserId } from '@parley/protocol';

export interface SecondFactor {
  readonly userId: UserId;
  /** The secret of the app, sealed. */
  readonly sealed: string;
  /** False until the user has shown a code: logins need none before. */
  readonly isConfirmed: boolean;
  /** Codes of this step of time and of earlier ones were used. */
  readonly lastStep: number;
  /** Digests of the recovery codes that were not used. */
  readonly recoveryDigests: readonly string[];
}

/** Shows that a client has the second factor of a user. The store accepts each once. */
export type FactorProof =
  | {
      readonly kind: 'totp';
      /** As it was when the code was verified. */
      readonly sealed: string;
      readonly step: number;
      /** The secret, sealed again: with the key of now. */
      readonly resealed: string;
    }
  | { readonly kind: 'recovery'; readonly digest: string }
  /** Both factors at once: a passkey is used with a PIN, or as the device knows its user. */
  | {
      readonly kind: 'passkey';
      readonly credentialId: string;
      /** Of the signature. */
      readonly counter: number;
      readonly atMs: number;
    };

/** The proofs that an account with codes has. */
export type CodeProof = Exclude<FactorProof, { kind: 'passkey' }>;
