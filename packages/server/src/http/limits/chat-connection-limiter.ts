/**
 * Limits connections over all gateways together: the total and the simultaneous ones per client
 * address of this process, and the new ones per address and minute of all nodes.
 */
import { ChatError, ERROR_CODES } from '@parley/protocol';
import { addressKey, matchAddresses } from '@parley/websocket/http';
import type { BoundedLeases } from '../../domain/primitives/bounded-leases.ts';
import { RateLimiter } from '../../domain/primitives/rate-limiter.ts';
import type { Logger } from '../../ports/logger.ts';

export interface ConnectionLimits {
  readonly connectionsMax: number;
  /** 0 disables either of these two limits. */
  readonly perAddressMax: number;
  readonly perAddressAndMinuteMax: number;
  /** Addresses and ranges shared by many clients: loopback addresses, proxies. */
  readonly unlimitedAddresses: readonly string[];
}

const RETRY = { retryAfterSeconds: 5 };
const MINUTE_MS = 60_000;

export class ChatConnectionLimiter {
  readonly #limits: ConnectionLimits;
  readonly #logger: Logger;
  readonly #isUnlimited: (address: string) => boolean;
  readonly #openByAddress = new Map<string, number>();
  readonly #rates: RateLimiter<string>;
  #acquired = 0;

  constructor(
    limits: ConnectionLimits,
    { leases, logger }: { readonly leases: BoundedLeases; readonly logger: Logger },
  ) {
    this.#limits = limits;
    this.#logger = logger;
    this.#isUnlimited = matchAddresses(limits.unlimitedAddresses);
    const perMinute = { capacity: limits.perAddressAndMinuteMax, windowMs: MINUTE_MS };
    this.#rates = new RateLimiter('connections', perMinute, leases);
  }

  /**
   * Acquires a connection slot. Returns the function that releases it; further calls do nothing.
   *
   * @throws {ChatError} UNAVAILABLE, RATE_LIMITED.
   */
  async acquire(address: string): Promise<() => void> {
    const isLimited = !this.#isUnlimited(address);
    const key = addressKey(address);
    if (this.#acquired >= this.#limits.connectionsMax) {
      throw this.#reject(address, 'full', new ChatError('UNAVAILABLE', RETRY));
    }
    if (isLimited && this.#isFull(key)) {
      throw this.#reject(address, 'addressFull', new ChatError('RATE_LIMITED', RETRY));
    }
    this.#count(key, 1);
    let isAcquired = true;
    const release = (): void => {
      if (isAcquired) this.#count(key, -1);
      isAcquired = false;
    };
    try {
      if (isLimited) await this.#rates.take(key);
    } catch (error) {
      release();
      throw this.#reject(address, 'addressRate', ChatError.from(error));
    }
    return release;
  }

  #isFull(key: string): boolean {
    const { perAddressMax } = this.#limits;
    return perAddressMax > 0 && (this.#openByAddress.get(key) ?? 0) >= perAddressMax;
  }

  #count(key: string, change: 1 | -1): void {
    this.#acquired += change;
    const open = (this.#openByAddress.get(key) ?? 0) + change;
    if (open === 0) this.#openByAddress.delete(key);
    else this.#openByAddress.set(key, open);
  }

  #reject(address: string, reason: string, error: ChatError): ChatError {
    const { status } = ERROR_CODES[error.code];
    this.#logger.record({ event: 'connection.refused', address, status, reason });
    return error;
  }
}
