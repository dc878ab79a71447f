/**
 * Tokens of another issuer that were logged out before they expire, on any node. They are kept in
 * memory, so a restart forgets them: the issuer's own revocation is the only durable one.
 */
import type { Revocation } from '../../model/bus-message.ts';
import type { Crypto } from '../../ports/crypto.ts';

/** When full, the oldest entry is dropped. */
const TOKENS_MAX = 100_000;
/** Prefix of session keys that stand for tokens of another issuer. */
const KEY_PREFIX = 'external ';

/**
 * The session key that stands for a token of another issuer. It leaves out the signature, which can
 * be written in several ways.
 */
export function externalTokenKey(secrets: Pick<Crypto, 'digest'>, token: string): string {
  return `${KEY_PREFIX}${secrets.digest(token.slice(0, token.lastIndexOf('.')))}`;
}

export class ExternalTokenDenylist {
  /** Session keys, the earliest logout first. */
  readonly #keys = new Set<string>();

  /** Adds the session of a logout, here or on another node, if it stands for a token of another issuer. */
  applyRevocation(revocation: Revocation): void {
    if (revocation.kind !== 'session' || !revocation.sessionKey.startsWith(KEY_PREFIX)) return;
    this.#keys.add(revocation.sessionKey);
    const [oldest] = this.#keys.size > TOKENS_MAX ? this.#keys : [];
    if (oldest !== undefined) this.#keys.delete(oldest);
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }
}
