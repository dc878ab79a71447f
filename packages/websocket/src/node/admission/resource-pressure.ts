/**
 * One monitored resource: its recent values, and its pressure in three levels. A level begins at
 * once, and ends only after the value has stayed well below the mark for half a minute. Otherwise a
 * measure that reduces the pressure would end itself.
 */

/** Lowest first. */
export const PRESSURE_LEVELS = ['NORMAL', 'ELEVATED', 'CRITICAL'] as const;

export type PressureLevel = (typeof PRESSURE_LEVELS)[number];

export interface Gauge {
  readonly level: PressureLevel;
  /** Value divided by threshold; CRITICAL begins at 1. */
  readonly pressure: number;
  readonly current: number;
  readonly peak: number;
  /** Up to ten values, oldest first. */
  readonly recent: readonly number[];
  /** Since when the value is well below the mark of its level. */
  readonly calmSinceMs: number | undefined;
}

export interface GaugeRules {
  /** Consecutive values that must pass a mark before it counts. Default 1. */
  readonly sustained?: number;
  /** Share of the threshold at which ELEVATED begins. Default 0.8. */
  readonly warningShare?: number;
}

export const EMPTY_GAUGE: Gauge = Object.freeze({
  level: 'NORMAL',
  pressure: 0,
  current: 0,
  peak: 0,
  recent: [],
  calmSinceMs: undefined,
});

const CRITICAL_UNTIL = 0.9;
const ELEVATED_UNTIL = 0.875;
const RECOVERY_MS = 30_000;
const RECENT_VALUES = 10;

export function addValue(
  gauge: Gauge,
  value: number,
  { threshold, sustained = 1, warningShare = 0.8 }: GaugeRules & { readonly threshold: number },
  nowMs: number,
): Gauge {
  const recent = [...gauge.recent, value].slice(-RECENT_VALUES);
  const isSustained = recent.length >= sustained;
  const pressure = isSustained ? Math.min(...recent.slice(-sustained)) / threshold : 0;
  const begun = pressure >= 1 ? 'CRITICAL' : pressure >= warningShare ? 'ELEVATED' : 'NORMAL';
  const level = highestLevel([gauge.level, begun]);
  const values = { pressure, current: value, peak: Math.max(gauge.peak, value), recent };

  const until = level === 'CRITICAL' ? CRITICAL_UNTIL : ELEVATED_UNTIL * warningShare;
  const isCalm = level !== 'NORMAL' && value / threshold < until;
  const calmSinceMs = isCalm ? (gauge.calmSinceMs ?? nowMs) : undefined;
  if (calmSinceMs === undefined || nowMs - calmSinceMs < RECOVERY_MS) {
    return { ...values, level, calmSinceMs };
  }
  const lower = level === 'CRITICAL' ? 'ELEVATED' : 'NORMAL';
  return { ...values, level: lower, calmSinceMs: undefined };
}

export function highestLevel(levels: readonly PressureLevel[]): PressureLevel {
  return PRESSURE_LEVELS.findLast((level) => levels.includes(level)) ?? 'NORMAL';
}
