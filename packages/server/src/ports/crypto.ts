/** Where ids, secrets and digests come from: the domain has no randomness of its own. */
export interface Crypto {
  /** A UUID whose order is the order of making (version 7): rooms, users, messages. */
  newId(): string;
  /** A UUID that tells nothing about its time (version 4): connections. */
  newRandomId(): string;
  /** 256 random bits in 43 URL-safe characters: a session's id. */
  newToken(): string;
  /** SHA-256 of a text, in hex. */
  digest(text: string): string;
}
