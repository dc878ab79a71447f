/** A slow, salted hash of passwords. */
export interface PasswordHash {
  /** A text that holds algorithm, parameters, salt and hash. */
  hash(password: string): Promise<string>;
  /** Whether the password is the one that was hashed; takes as long for a wrong one. */
  verify(password: string, hashed: string): Promise<boolean>;
}
