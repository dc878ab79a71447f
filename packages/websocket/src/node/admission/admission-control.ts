/**
 * Assigns connection slots in two steps: `acquire` before the application is asked, so that unfinished
 * handshakes count; `confirm` when the application has returned the client's priority.
 *
 * All of this is synchronous: a slot is acquired in the same step that found it free. Checks run in
 * this order: total connections, connections of the address, rate of the address, resources,
 * reserved slots.
 */
import type { RejectionReason } from '../../protocol/handshake-rejection.ts';
import {
  type AddressLimitOptions,
  AddressLimits,
  type AddressRejection,
} from './address-limits.ts';
import { CapacityHysteresis } from './capacity-hysteresis.ts';
import { type ConnectionPriority, isPrivileged } from './priority.ts';
import type { PressureLevel } from './resource-pressure.ts';

export interface AdmissionOptions extends AddressLimitOptions {
  readonly maxConnections: number;
  readonly reservedConnections: number;
}

/** State that admission reads; the numbers do not include the new connection. */
export interface AdmissionSituation {
  /** Slots in use, by open connections and by handshakes. */
  readonly slotsInUse: number;
  /** Pressure of all resources, connection slots included. */
  readonly level: PressureLevel;
  /** Pressure of all resources except connection slots. */
  readonly resourceLevel: PressureLevel;
  readonly nowMs: number;
}

/** The connection slot of a client; return it with `release`. */
export interface ConnectionSlot {
  readonly address: string | undefined;
  priority: ConnectionPriority;
  /** The address that it is counted under; undefined if no per-address limit applies. */
  countedAs: string | undefined;
}

export interface SlotRejection {
  readonly reason: Extract<RejectionReason, 'full' | 'resources'> | AddressRejection['reason'];
  readonly retryAfterSeconds?: number;
}

/** Delay of new connections by pressure level; they hold a slot meanwhile. */
const DELAY_MS = Object.freeze({ NORMAL: 0, ELEVATED: 100, CRITICAL: 500 });

export class AdmissionControl {
  readonly #options: AdmissionOptions;
  readonly #addresses: AddressLimits;
  readonly #capacityAlarm = new CapacityHysteresis();

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#addresses = new AddressLimits(options);
  }

  /**
   * Whether a new connection of normal priority would get a slot, apart from per-address limits.
   */
  hasCapacity({ slotsInUse, ...situation }: AdmissionSituation): boolean {
    const { maxConnections } = this.#options;
    this.#capacityAlarm.update(slotsInUse, maxConnections);
    // `confirm` runs after the client's own slot was acquired.
    return (
      slotsInUse < maxConnections &&
      this.confirm('normal', { ...situation, slotsInUse: slotsInUse + 1 }) === undefined
    );
  }

  /** @param isLimited Whether per-address limits apply to this address. */
  acquire(
    address: string | undefined,
    isLimited: boolean,
    { slotsInUse, nowMs }: AdmissionSituation,
  ): ConnectionSlot | SlotRejection {
    this.#capacityAlarm.update(slotsInUse, this.#options.maxConnections);
    if (slotsInUse >= this.#options.maxConnections) return { reason: 'full' };

    const countedAs = isLimited ? address : undefined;
    const rejected =
      countedAs === undefined ? undefined : this.#addresses.acquire(countedAs, nowMs);
    if (rejected !== undefined) {
      return 'waitMs' in rejected
        ? { reason: rejected.reason, retryAfterSeconds: Math.ceil(rejected.waitMs / 1_000) }
        : rejected;
    }
    return { address, priority: 'normal', countedAs };
  }

  /** Returns why a client of this priority gets no slot, or undefined; `slotsInUse` includes its own. */
  confirm(priority: ConnectionPriority, situation: AdmissionSituation): SlotRejection | undefined {
    if (isPrivileged(priority)) return undefined;
    const { maxConnections, reservedConnections } = this.#options;
    const { slotsInUse, level, resourceLevel } = situation;
    const isOverloaded = priority === 'low' ? level !== 'NORMAL' : resourceLevel === 'CRITICAL';
    if (isOverloaded) return { reason: 'resources' };
    if (this.#capacityAlarm.isFull) return { reason: 'full' };
    return slotsInUse > maxConnections - reservedConnections ? { reason: 'full' } : undefined;
  }

  /**
   * Delay before this client gets its response, so that a rush of connections comes in more slowly.
   */
  delayMs(priority: ConnectionPriority, { resourceLevel }: AdmissionSituation): number {
    if (isPrivileged(priority)) return 0;
    return Math.max(DELAY_MS[resourceLevel], this.#capacityAlarm.isBusy ? DELAY_MS.ELEVATED : 0);
  }

  noteViolation({ countedAs }: ConnectionSlot, nowMs: number): void {
    if (countedAs !== undefined) this.#addresses.noteViolation(countedAs, nowMs);
  }

  release(slot: ConnectionSlot): void {
    if (slot.countedAs === undefined) return;
    this.#addresses.release(slot.countedAs);
    slot.countedAs = undefined;
  }
}
