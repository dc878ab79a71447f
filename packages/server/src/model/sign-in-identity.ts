/** Identities at providers with which users sign in to their accounts. */
import type { UserId } from '@parley/protocol';

/** The issuer gives the subject to one person for ever. */
export interface SignInIdentity {
  readonly issuer: string;
  readonly subject: string;
}

/** An identity that is linked to an account. */
export interface LinkedIdentity extends SignInIdentity {
  readonly userId: UserId;
  readonly createdAtMs: number;
}
