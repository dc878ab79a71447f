/** Texts of rooms in slow mode, outside of the first load. */
const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Seconds as the largest unit that says enough, rounded up. */
export function waitText(seconds: number): string {
  if (seconds < 2 * MINUTE) return seconds === MINUTE ? '1 min' : `${seconds} s`;
  if (seconds < 2 * HOUR) return seconds === HOUR ? '1 h' : `${Math.ceil(seconds / MINUTE)} min`;
  return `${Math.ceil(seconds / HOUR)} h`;
}

export const slowModeStrings = Object.freeze({
  rule: (seconds: number) => `Slow mode: one message every ${waitText(seconds)}.`,
  wait: (seconds: number) => `Slow mode: you can write again in ${waitText(seconds)}.`,
});
