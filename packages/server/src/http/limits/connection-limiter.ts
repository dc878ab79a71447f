/**
 * Places for connections, counted over all ways in together: so many at once, and of
 * one client address so many at once and so many new ones in a minute.
 */
import { ChatError } from '@parley/protocol';
import { AddressLimits, matchAddresses } from '@parley/websocket';
import type { Clock } from '../../ports/clock.ts';
import type { Journal } from '../../ports/logger.ts';

export interface PlaceLimits {
  readonly connectionsMax: number;
  /** 0 lifts each of the two. */
  readonly perAddressMax: number;
  readonly perAddressAndMinuteMax: number;
  /** Addresses and ranges that stand for many: this machine, a proxy. */
  readonly unlimitedAddresses: readonly string[];
}

const RETRY_SECONDS = 5;

export class ConnectionPlaces {
  readonly #limits: PlaceLimits;
  readonly #parts: { readonly clock: Clock; readonly journal: Journal };
  readonly #isUnlimited: (address: string) => boolean;
  readonly #addresses: AddressLimits;
  #taken = 0;

  constructor(limits: PlaceLimits, parts: { readonly clock: Clock; readonly journal: Journal }) {
    this.#limits = limits;
    this.#parts = parts;
    this.#isUnlimited = matchAddresses(limits.unlimitedAddresses);
    this.#addresses = new AddressLimits({
      maxConnectionsPerIp: limits.perAddressMax,
      maxConnectionsPerMinutePerIp: limits.perAddressAndMinuteMax,
      maxViolationsPerMinutePerIp: 0, // Only the engine sees them.
    });
  }

  /**
   * Takes a place; what is given hands it back, once.
   *
   * @throws {ChatError} UNAVAILABLE, RATE_LIMITED.
   */
  take(address: string): () => void {
    if (this.#taken >= this.#limits.connectionsMax) {
      throw this.#refuse(address, 'full', 'UNAVAILABLE', RETRY_SECONDS);
    }
    const isLimited = !this.#isUnlimited(address);
    const { clock } = this.#parts;
    const refusal = isLimited ? this.#addresses.hold(address, clock.monotonicMs()) : undefined;
    if (refusal !== undefined) {
      const seconds = 'waitMs' in refusal ? Math.ceil(refusal.waitMs / 1000) : RETRY_SECONDS;
      throw this.#refuse(address, refusal.reason, 'RATE_LIMITED', seconds);
    }
    this.#taken += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#taken -= 1;
      if (isLimited) this.#addresses.release(address);
    };
  }

  #refuse(
    address: string,
    reason: string,
    code: 'UNAVAILABLE' | 'RATE_LIMITED',
    retryAfterSeconds: number,
  ): ChatError {
    const status = code === 'UNAVAILABLE' ? 503 : 429;
    this.#parts.journal.record({ event: 'connection.refused', address, status, reason });
    return new ChatError(code, { retryAfterSeconds });
  }
}
