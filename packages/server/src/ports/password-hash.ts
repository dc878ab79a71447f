/** A slow, salted password hash. */
export interface PasswordHash {
  /** Returns a text with algorithm, parameters, salt and hash. */
  hash(password: string): Promise<string>;
  /** Verifies a password; a wrong one takes as long as a right one. */
  verify(password: string, hashed: string): Promise<boolean>;
}
