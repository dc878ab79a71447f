/**
 * Tokens of another issuer that were logged out before they expire. They are kept in memory
 * until then, so a restart forgets them: the issuer's own revocation is the only durable one.
 */
import type { Clock } from '../../ports/clock.ts';

/** When full, the oldest entry is dropped. */
const TOKENS_MAX = 100_000;

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
