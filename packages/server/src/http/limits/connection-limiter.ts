/**
 * Places for connections, counted over all ways in together: so many at once, and of
 * one client address so many at once and so many new ones in a minute.
 */
import { ChatError } from '@parley/protocol';
import { AddressLimits, matchAddresses } from '@parley/websocket';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';

export interface ConnectionLimits {
  readonly connectionsMax: number;
  /** 0 lifts each of the two. */
  readonly perAddressMax: number;
  readonly perAddressAndMinuteMax: number;
  /** Addresses and ranges that stand for many: this machine, a proxy. */
  readonly unlimitedAddresses: readonly string[];
}

const RETRY_SECONDS = 5;

export class ConnectionLimiter {
  readonly #limits: ConnectionLimits;
  readonly #parts: { readonly clock: Clock; readonly logger: Logger };
  readonly #isUnlimited: (address: string) => boolean;
  readonly #addresses: AddressLimits;
  #taken = 0;

  constructor(limits: ConnectionLimits, parts: { readonly clock: Clock; readonly logger: Logger }) {
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
      throw this.#reject(address, 'full', 'UNAVAILABLE', RETRY_SECONDS);
    }
    const isLimited = !this.#isUnlimited(address);
    const { clock } = this.#parts;
    const rejection = isLimited ? this.#addresses.hold(address, clock.monotonicMs()) : undefined;
    if (rejection !== undefined) {
      const seconds = 'waitMs' in rejection ? Math.ceil(rejection.waitMs / 1000) : RETRY_SECONDS;
      throw this.#reject(address, rejection.reason, 'RATE_LIMITED', seconds);
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

  #reject(
    address: string,
    reason: string,
    code: 'UNAVAILABLE' | 'RATE_LIMITED',
    retryAfterSeconds: number,
  ): ChatError {
    const status = code === 'UNAVAILABLE' ? 503 : 429;
    this.#parts.logger.record({ event: 'connection.refused', address, status, reason });
    return new ChatError(code, { retryAfterSeconds });
  }
}
