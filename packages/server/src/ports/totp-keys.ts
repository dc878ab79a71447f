import type { UserId } from '@parley/protocol';

/**
 * Secrets of authenticator apps, and their time-based codes (RFC 6238). A secret is sealed: the store
 * alone does not reveal it.
 */
export interface TotpKeys {
  /** A new secret: in Base32 for the app, and sealed for the store. */
  create(userId: UserId): { readonly secret: string; readonly sealed: string };
  /** Finds the step of time to which a code of six digits belongs: this one, the last or the next. */
  verify(
    userId: UserId,
    sealed: string,
    attempt: { readonly code: string; readonly nowMs: number },
  ): TotpVerified;
}

type TotpVerified =
  | { readonly kind: 'match'; readonly step: number; readonly resealed: string }
  | { readonly kind: 'no-match' }
  /** The secret was sealed with a key that the server no longer has. */
  | { readonly kind: 'unreadable' };
