/** Durations that moderators choose from. */
import type { restrictionStrings } from '../strings/restrictions.ts';

export type Duration = keyof typeof restrictionStrings.durations;

const MINUTE_MS = 60_000;
const DURATIONS_MS: Readonly<Record<Exclude<Duration, 'forever'>, number>> = {
  '10m': 10 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
  '1d': 24 * 60 * MINUTE_MS,
  '1w': 7 * 24 * 60 * MINUTE_MS,
};

export function durationMs(duration: Exclude<Duration, 'forever'>): number {
  return DURATIONS_MS[duration];
}
