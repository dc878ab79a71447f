/**
 * One monitored resource: its recent values, and its pressure in three levels.
 *
 * A level begins at once and ends late: only after the value has stayed well below the mark for
 * half a minute, and then one level at a time. Otherwise a measure that reduces the pressure would
 * end itself. Pure: times are arguments.
 */

/** Lowest first. */
export const PRESSURE_LEVELS = ['NORMAL', 'ELEVATED', 'CRITICAL'] as const;

export type PressureLevel = (typeof PRESSURE_LEVELS)[number];

/** Shares of the threshold at which a level begins, and below which it may end. */
const WARNING_SHARE = 0.8;
const CRITICAL_UNTIL = 0.9;
/** A share of the value at which ELEVATED begins. */
const ELEVATED_UNTIL = 0.875;
const RECOVERY_MS = 30_000;
const RECENT_VALUES = 10;

export class ResourcePressure {
  readonly #sustained: number;
  readonly #warningShare: number;
  #recent: number[] = [];
  #peak = 0;
  #pressure = 0;
  #level: PressureLevel = 'NORMAL';
  #calmSinceMs: number | undefined;

  /**
   * @param sustained Consecutive values that must pass a mark before it counts.
   * @param warningShare Share of the threshold at which ELEVATED begins.
   */
  constructor(sustained = 1, warningShare = WARNING_SHARE) {
    this.#sustained = sustained;
    this.#warningShare = warningShare;
  }

  get peak(): number {
    return this.#peak;
  }

  /** Value divided by threshold; CRITICAL begins at 1. */
  get pressure(): number {
    return this.#pressure;
  }

  get level(): PressureLevel {
    return this.#level;
  }

  get current(): number {
    return this.#recent.at(-1) ?? 0;
  }

  /** Oldest first. */
  get recent(): readonly number[] {
    return [...this.#recent];
  }

  add(value: number, threshold: number, nowMs: number): void {
    this.#recent.push(value);
    if (this.#recent.length > RECENT_VALUES) this.#recent.shift();
    this.#peak = Math.max(this.#peak, value);
    this.#pressure = this.#sustainedValue() / threshold;
    if (this.#pressure >= 1) this.#rise('CRITICAL');
    else if (this.#pressure >= this.#warningShare) this.#rise('ELEVATED');
    this.#recover(value / threshold, nowMs);
  }

  #rise(level: PressureLevel): void {
    if (PRESSURE_LEVELS.indexOf(level) > PRESSURE_LEVELS.indexOf(this.#level)) this.#level = level;
  }

  #recover(share: number, nowMs: number): void {
    const until = this.#level === 'CRITICAL' ? CRITICAL_UNTIL : ELEVATED_UNTIL * this.#warningShare;
    if (this.#level === 'NORMAL' || share >= until) {
      this.#calmSinceMs = undefined;
      return;
    }
    this.#calmSinceMs ??= nowMs;
    if (nowMs - this.#calmSinceMs < RECOVERY_MS) return;
    this.#level = this.#level === 'CRITICAL' ? 'ELEVATED' : 'NORMAL';
    this.#calmSinceMs = undefined;
  }

  #sustainedValue(): number {
    if (this.#recent.length < this.#sustained) return 0;
    return Math.min(...this.#recent.slice(-this.#sustained));
  }
}

export function highestLevel(levels: readonly PressureLevel[]): PressureLevel {
  return PRESSURE_LEVELS.findLast((level) => levels.includes(level)) ?? 'NORMAL';
}
