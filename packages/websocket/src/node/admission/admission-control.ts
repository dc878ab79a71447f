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
import { applies, DELAY_MS, type PressureLevels, SLOT_MARKS } from './overload-table.ts';
import { type ConnectionPriority, isPrivileged } from './priority.ts';

export interface AdmissionOptions extends AddressLimitOptions {
  readonly maxConnections: number;
  readonly reservedConnections: number;
}

/** State that admission reads; the numbers do not include the new connection. */
export interface AdmissionSituation {
  /** Slots in use, by open connections and by handshakes. */
  readonly slotsInUse: number;
  readonly levels: PressureLevels;
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

export class AdmissionControl {
  readonly #options: AdmissionOptions;
  readonly #addresses: AddressLimits;
  /** From reaching the limit until enough slots are free again. */
  #isFull = false;
  /** Above the soft limit: new connections wait a little. */
  #isBusy = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#addresses = new AddressLimits(options);
  }

  /**
   * Whether a new connection of normal priority would get a slot, apart from per-address limits.
   */
  hasCapacity({ slotsInUse, ...situation }: AdmissionSituation): boolean {
    const { maxConnections } = this.#options;
    this.#updateSlots(slotsInUse);
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
    this.#updateSlots(slotsInUse);
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
    const { slotsInUse, levels } = situation;
    if (applies(priority === 'low' ? 'rejectLow' : 'rejectNormal', levels)) {
      return { reason: 'resources' };
    }
    if (this.#isFull) return { reason: 'full' };
    return slotsInUse > maxConnections - reservedConnections ? { reason: 'full' } : undefined;
  }

  /**
   * Delay before this client gets its response, so that a rush of connections comes in more slowly.
   */
  delayMs(priority: ConnectionPriority, { levels }: AdmissionSituation): number {
    if (isPrivileged(priority)) return 0;
    return Math.max(DELAY_MS[levels.load], this.#isBusy ? DELAY_MS.ELEVATED : 0);
  }

  noteViolation({ countedAs }: ConnectionSlot, nowMs: number): void {
    if (countedAs !== undefined) this.#addresses.noteViolation(countedAs, nowMs);
  }

  release(slot: ConnectionSlot): void {
    if (slot.countedAs === undefined) return;
    this.#addresses.release(slot.countedAs);
    slot.countedAs = undefined;
  }

  #updateSlots(slotsInUse: number): void {
    const share = slotsInUse / this.#options.maxConnections;
    this.#isFull = holds(this.#isFull, share, SLOT_MARKS.full);
    this.#isBusy = holds(this.#isBusy, share, SLOT_MARKS.busy);
  }
}

function holds(
  before: boolean,
  share: number,
  { from, untilBelow }: { readonly from: number; readonly untilBelow: number },
): boolean {
  return share >= from || (before && share >= untilBelow);
}
