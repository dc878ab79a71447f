/** Limits per client address: current connections, new ones and violations per minute. */
import type { AdmissionLimits } from '../options/admission-limits.ts';
import { addressKey } from './address.ts';
import { SlidingWindowCounter } from './sliding-window-counter.ts';

export type AddressLimitOptions = Pick<
  AdmissionLimits,
  'maxConnectionsPerIp' | 'maxConnectionsPerMinutePerIp' | 'maxViolationsPerMinutePerIp'
>;

export type AddressRejection =
  | { readonly reason: 'addressFull' }
  | { readonly reason: 'addressRate' | 'addressViolations'; readonly waitMs: number };

export class AddressLimits {
  readonly #options: AddressLimitOptions;
  readonly #open = new Map<string, number>();
  readonly #recent = new SlidingWindowCounter();
  readonly #violations = new SlidingWindowCounter();

  constructor(options: AddressLimitOptions) {
    this.#options = options;
  }

  /** Addresses that have a connection now. */
  get size(): number {
    return this.#open.size;
  }

  /** Counts a connection of this address, unless a limit forbids it. */
  acquire(address: string, nowMs: number): AddressRejection | undefined {
    const { maxConnectionsPerIp, maxConnectionsPerMinutePerIp, maxViolationsPerMinutePerIp } =
      this.#options;
    const key = addressKey(address);
    const openCount = this.#open.get(key) ?? 0;
    if (maxConnectionsPerIp > 0 && openCount >= maxConnectionsPerIp) {
      return { reason: 'addressFull' };
    }
    if (maxViolationsPerMinutePerIp > 0) {
      // The limit is the number that is tolerated.
      const waitMs = this.#violations.waitMs(key, maxViolationsPerMinutePerIp + 1, nowMs);
      if (waitMs > 0) return { reason: 'addressViolations', waitMs };
    }
    if (maxConnectionsPerMinutePerIp > 0) {
      const waitMs = this.#recent.waitMs(key, maxConnectionsPerMinutePerIp, nowMs);
      if (waitMs > 0) return { reason: 'addressRate', waitMs };
      this.#recent.add(key, nowMs);
    }
    this.#open.set(key, openCount + 1);
    return undefined;
  }

  /** Counts an open connection without applying limits. */
  count(address: string): void {
    const key = addressKey(address);
    this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
  }

  /** Undoes `acquire` or `count`; call it once for each. */
  release(address: string): void {
    const key = addressKey(address);
    const openCount = this.#open.get(key) ?? 0;
    if (openCount > 1) this.#open.set(key, openCount - 1);
    else this.#open.delete(key);
  }

  /** Counts a connection of this address that violated the protocol. */
  noteViolation(address: string, nowMs: number): void {
    if (this.#options.maxViolationsPerMinutePerIp > 0) {
      this.#violations.add(addressKey(address), nowMs);
    }
  }
}
