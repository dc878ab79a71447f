/**
 * Tokens of another issuer that were logged out before they expire. They are kept in memory
 * until then, so a restart forgets them: the issuer's own revocation is the only durable one.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';

/** When full, the oldest entry is dropped. */
const TOKENS_MAX = 100_000;
/** Prefix of session keys that stand for tokens of another issuer. */
const KEY_PREFIX = 'external ';

/** The session key that stands for a token of another issuer. */
export function externalTokenKey(secrets: Pick<Crypto, 'digest'>, token: string): string {
  return `${KEY_PREFIX}${secrets.digest(token)}`;
}

export function isExternalTokenKey(sessionKey: string): boolean {
  return sessionKey.startsWith(KEY_PREFIX);
}

export class ExternalTokenDenylist {
  readonly #clock: Clock;
  /** When each token expires, by session key, oldest logout first. */
  readonly #expiresAtMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(key: string, expiresAtMs: number): void {
    if (this.#expiresAtMs.size >= TOKENS_MAX) this.#removeOldest();
    this.#expiresAtMs.set(key, expiresAtMs);
  }

  has(key: string): boolean {
    return this.#expiresAtMs.has(key);
  }

  #removeOldest(): void {
    const nowMs = this.#clock.nowMs();
    for (const [key, expiresAtMs] of this.#expiresAtMs) {
      if (expiresAtMs <= nowMs) this.#expiresAtMs.delete(key);
    }
    if (this.#expiresAtMs.size < TOKENS_MAX) return;
    for (const key of this.#expiresAtMs.keys()) {
      this.#expiresAtMs.delete(key);
      return;
    }
  }
}
