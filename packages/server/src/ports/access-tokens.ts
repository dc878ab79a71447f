/** Signed tokens (JWT): our own, which name a session, and those of applications that we are told to trust. */
export interface OwnClaims {
  readonly kind: 'own';
  readonly sessionKey: string;
}

export interface ExternalClaims {
  readonly kind: 'external';
  readonly issuer: string;
  readonly subject: string;
  /** What the issuer calls the person. */
  readonly username: string | undefined;
  readonly expiresAtMs: number;
}

export interface AccessTokens {
  /**
   * A token that stands for the session until then, if the session lasts as long. It does
   * not show what the session is known by.
   */
  issue(sessionKey: string, expiresAtMs: number): Promise<string>;
  /** Undefined for a token that is malformed, over, or signed by nobody whom we trust. */
  verify(token: string): Promise<OwnClaims | ExternalClaims | undefined>;
}
