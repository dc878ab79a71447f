/**
 * Signed tokens (JWT): Parley's own, which identify a session, and those of trusted applications.
 */
export interface OwnClaims {
  readonly kind: 'own';
  readonly purpose: TokenPurpose;
  readonly sessionKey: string;
}

/**
 * `connect`: for connections and requests, but not for managing the session. `ticket`: for one
 * upgrade.
 */
export type TokenPurpose = 'connect' | 'ticket';

export interface ExternalClaims {
  readonly kind: 'external';
  readonly issuer: string;
  readonly subject: string;
  /** Claim `preferred_username`. */
  readonly username: string | undefined;
  /** Claim `name`. */
  readonly name?: string | undefined;
  /** Claim `picture`. */
  readonly picture?: string | undefined;
  readonly expiresAtMs: number;
}

/** Why a token was rejected, for the operator; the client is not told. */
export interface TokenRefusal {
  readonly kind: 'refused';
  readonly reason:
    | 'malformed'
    | 'algorithm'
    | 'no-issuer'
    | 'unknown-key'
    | 'signature'
    | 'missing-claim'
    | 'issuer'
    | 'audience'
    | 'expired'
    | 'lifetime'
    | 'claim';
  readonly claim?: string;
  /** Value in the settings, and value in the token, whose signature is valid. */
  readonly expected?: string;
  readonly found?: string;
}

export interface AccessTokens {
  /**
   * Issues a token for the session, valid until that time if the session lasts as long. The token
   * does not reveal the session key.
   */
  issue(claims: Omit<OwnClaims, 'kind'>, expiresAtMs: number): Promise<string>;
  verify(token: string): Promise<OwnClaims | ExternalClaims | TokenRefusal>;
}
