/** Passwords that many users choose, and that a guess therefore begins with. */
export interface CommonPasswords {
  /** @param password In lower case, in Unicode's composed form (NFC). */
  has(password: string): Promise<boolean>;
}
