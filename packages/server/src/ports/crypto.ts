/** Source of ids, secrets and digests: the domain has no randomness of its own. */
export interface Crypto {
  /** A time-ordered UUID (version 7) for rooms, users and messages. */
  newId(): string;
  /** A random UUID (version 4), which does not reveal its time, for connections. */
  newRandomId(): string;
  /** 256 random bits in 43 URL-safe characters, for session ids. */
  newToken(): string;
  /** SHA-256 of a text, in hex. */
  digest(text: string): string;
}
