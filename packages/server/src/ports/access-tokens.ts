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
  /** Username at the issuer. */
  readonly username: string | undefined;
  readonly expiresAtMs: number;
}

export interface AccessTokens {
  /**
   * Issues a token for the session, valid until that time if the session lasts as long. The token
   * does not reveal the session key.
   */
  issue(claims: Omit<OwnClaims, 'kind'>, expiresAtMs: number): Promise<string>;
  /** Undefined for a token that is malformed, expired or not signed by a trusted issuer. */
  verify(token: string): Promise<OwnClaims | ExternalClaims | undefined>;
}
