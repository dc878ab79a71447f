/** A provider of identities (OpenID Connect, or OAuth 2 of GitHub) with which users sign in. */
import type { GrantedRole } from '../model/granted-role.ts';
import type { SignInIdentity } from '../model/sign-in-identity.ts';

/** The claims of a provider about a user. */
export interface ProviderClaims extends SignInIdentity {
  /** Names that the provider tells, in the order in which they suit as a username. */
  readonly usernames: readonly string[];
  readonly displayName?: string | undefined;
  /** An address that the provider says it has confirmed. */
  readonly verifiedEmail?: string | undefined;
  /** The role on the server that the settings give for the claims; undefined if they give none. */
  readonly role?: GrantedRole | undefined;
}

/** Values that only the browser of the sign-in has, and that the response must fit. */
export interface ResponseChecks {
  readonly state: string;
  readonly nonce: string;
  /** PKCE, RFC 7636. */
  readonly verifier: string;
  /** The user must have proved the identity to the provider just now. */
  readonly isFresh: boolean;
}

/**
 * `expired`: not begun in this browser, or too long ago. `denied`: the user, or the provider, said no.
 * `rejected`: the response of the provider is not valid. `unreachable`: the provider does not answer.
 * `disabled`: an administrator disabled the account. `closed`: no account may be created. `taken`:
 * the identity belongs to another account. `other`: the identity is not that of the account.
 */
export type SignInFailureReason =
  | 'expired'
  | 'denied'
  | 'rejected'
  | 'unreachable'
  | 'disabled'
  | 'closed'
  | 'taken'
  | 'other';

export class SignInFailure extends Error {
  override readonly name = 'SignInFailure';
  readonly reason: SignInFailureReason;

  /** @param detail For the log: a code of the library or the provider, never a text with tokens. */
  constructor(reason: SignInFailureReason, detail?: string) {
    super(detail ?? reason);
    this.reason = reason;
  }
}

export interface SignInProvider {
  /** In addresses. */
  readonly name: string;
  /** As users are shown it. */
  readonly label: string;
  readonly issuer: string;
  /** Whether it asks a user to sign in again, and says so: else a sign-in there proves nothing to a session. */
  readonly canProve: boolean;
  /** The address to which the browser goes. @throws {SignInFailure} */
  begin(options: {
    readonly isFresh: boolean;
  }): Promise<{ readonly url: string; readonly checks: ResponseChecks }>;
  /** @param query Of the address to which the provider sends the browser. @throws {SignInFailure} */
  finish(query: string, checks: ResponseChecks): Promise<ProviderClaims>;
}
