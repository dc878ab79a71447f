/**
 * Decides who gets a place, in two steps: `hold` before the application is asked, so that
 * unfinished handshakes count; `confirm` once it has said how important the client is.
 *
 * All of it is synchronous: a place is taken in the step that found it free (WS-202). The order
 * of the checks is that of WS-200: all connections, the address, its rate, resources, the reserve.
 */
import type { RejectionReason } from '../../protocol/handshake-refusal.ts';
import {
  type AddressLimitOptions,
  AddressLimits,
  type AddressRejection,
} from './address-limits.ts';
import { CapacityAlarm } from './capacity-alarm.ts';
import type { PressureLevel } from './pressure-gauge.ts';
import { type ConnectionPriority, isPrivileged } from './priority.ts';

export interface AdmissionOptions extends AddressLimitOptions {
  readonly maxConnections: number;
  readonly reservedConnections: number;
}

/** What admission asks about the moment; the numbers are those before the newcomer. */
export interface AdmissionSituation {
  /** Places that are taken, by open connections and by handshakes. */
  readonly taken: number;
  /** The pressure of everything, a lack of places included. */
  readonly level: PressureLevel;
  /** The pressure of everything else. */
  readonly scarcity: PressureLevel;
  readonly nowMs: number;
}

/** A place of one client: hand it back with `release`. */
export interface Place {
  readonly address: string | undefined;
  priority: ConnectionPriority;
  /** The address whose count it is part of; none where no limit holds for it. */
  countedAs: string | undefined;
}

export interface SlotRejection {
  readonly reason: Extract<RejectionReason, 'full' | 'resources'> | AddressRejection['reason'];
  readonly retryAfterSeconds?: number;
}

/** How long newcomers wait, by pressure (WS-206); they hold a place meanwhile. */
const DELAY_MS = Object.freeze({ NORMAL: 0, ELEVATED: 100, CRITICAL: 500 });

export class AdmissionControl {
  readonly #terms: AdmissionOptions;
  readonly #addresses: AddressLimits;
  readonly #capacityAlarm = new CapacityAlarm();

  constructor(terms: AdmissionOptions) {
    this.#terms = terms;
    this.#addresses = new AddressLimits(terms);
  }

  /** Whether a newcomer of normal priority would get a place, if its address stood in no way. */
  hasCapacity({ taken, ...situation }: AdmissionSituation): boolean {
    const { maxConnections } = this.#terms;
    this.#capacityAlarm.update(taken, maxConnections);
    // It is confirmed once its own place is taken.
    return (
      taken < maxConnections &&
      this.confirm('normal', { ...situation, taken: taken + 1 }) === undefined
    );
  }

  /** @param isLimited Whether the limits of an address hold for this one. */
  hold(
    address: string | undefined,
    isLimited: boolean,
    { taken, nowMs }: AdmissionSituation,
  ): Place | SlotRejection {
    this.#capacityAlarm.update(taken, this.#terms.maxConnections);
    if (taken >= this.#terms.maxConnections) return { reason: 'full' };

    const countedAs = isLimited ? address : undefined;
    const refused = countedAs === undefined ? undefined : this.#addresses.hold(countedAs, nowMs);
    if (refused !== undefined) {
      return 'waitMs' in refused
        ? { reason: refused.reason, retryAfterSeconds: Math.ceil(refused.waitMs / 1_000) }
        : refused;
    }
    return { address, priority: 'normal', countedAs };
  }

  /** What stands against the place of a client of this priority; `taken` includes its own. */
  confirm(priority: ConnectionPriority, situation: AdmissionSituation): SlotRejection | undefined {
    if (isPrivileged(priority)) return undefined;
    const { maxConnections, reservedConnections } = this.#terms;
    const { taken, level, scarcity } = situation;
    const isScarce = priority === 'low' ? level !== 'NORMAL' : scarcity === 'CRITICAL';
    if (isScarce) return { reason: 'resources' };
    if (this.#capacityAlarm.isFull) return { reason: 'full' };
    return taken > maxConnections - reservedConnections ? { reason: 'full' } : undefined;
  }

  /** How long this client is to wait for its answer, so that a rush comes in more slowly. */
  delayMs(priority: ConnectionPriority, { scarcity }: AdmissionSituation): number {
    if (isPrivileged(priority)) return 0;
    return Math.max(DELAY_MS[scarcity], this.#capacityAlarm.isBusy ? DELAY_MS.ELEVATED : 0);
  }

  noteViolation({ countedAs }: Place, nowMs: number): void {
    if (countedAs !== undefined) this.#addresses.noteViolation(countedAs, nowMs);
  }

  release(place: Place): void {
    if (place.countedAs === undefined) return;
    this.#addresses.release(place.countedAs);
    place.countedAs = undefined;
  }
}
