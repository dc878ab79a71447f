/**
 * Limits connections over all gateways together: the total, and per client address the
 * simultaneous connections and the new ones per minute.
 */
import { ChatError } from '@parley/protocol';
import { AddressLimits, matchAddresses } from '@parley/websocket/http';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';

export interface ConnectionLimits {
  readonly connectionsMax: number;
  /** 0 disables either of these two limits. */
  readonly perAddressMax: number;
  readonly perAddressAndMinuteMax: number;
  /** Addresses and ranges shared by many clients: loopback addresses, proxies. */
  readonly unlimitedAddresses: readonly string[];
}

const RETRY_SECONDS = 5;

export class ChatConnectionLimiter {
  readonly #limits: ConnectionLimits;
  readonly #dependencies: { readonly clock: Clock; readonly logger: Logger };
  readonly #isUnlimited: (address: string) => boolean;
  readonly #addresses: AddressLimits;
  #acquired = 0;

  constructor(
    limits: ConnectionLimits,
    dependencies: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#limits = limits;
    this.#dependencies = dependencies;
    this.#isUnlimited = matchAddresses(limits.unlimitedAddresses);
    this.#addresses = new AddressLimits({
      maxConnectionsPerIp: limits.perAddressMax,
      maxConnectionsPerMinutePerIp: limits.perAddressAndMinuteMax,
      maxViolationsPerMinutePerIp: 0, // Only the engine counts protocol violations.
    });
  }

  /**
   * Acquires a connection slot. Returns the function that releases it; further calls do nothing.
   *
   * @throws {ChatError} UNAVAILABLE, RATE_LIMITED.
   */
  acquire(address: string): () => void {
    if (this.#acquired >= this.#limits.connectionsMax) {
      throw this.#reject(address, 'full', 'UNAVAILABLE', RETRY_SECONDS);
    }
    const isLimited = !this.#isUnlimited(address);
    const { clock } = this.#dependencies;
    const rejection = isLimited ? this.#addresses.acquire(address, clock.monotonicMs()) : undefined;
    if (rejection !== undefined) {
      const seconds = 'waitMs' in rejection ? Math.ceil(rejection.waitMs / 1000) : RETRY_SECONDS;
      throw this.#reject(address, rejection.reason, 'RATE_LIMITED', seconds);
    }
    this.#acquired += 1;
    let isAcquired = true;
    return () => {
      if (!isAcquired) return;
      isAcquired = false;
      this.#acquired -= 1;
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
    this.#dependencies.logger.record({ event: 'connection.refused', address, status, reason });
    return new ChatError(code, { retryAfterSeconds });
  }
}
