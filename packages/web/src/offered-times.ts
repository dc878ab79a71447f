/** The times that are offered for reminders and scheduled messages. Pure. */

const HOUR_MS = 60 * 60 * 1000;
const MORNING_HOUR = 9;
const DAYS_OF_WEEK = 7;

export function inOneHour(nowMs: number): number {
  return nowMs + HOUR_MS;
}

export function tomorrowMorning(nowMs: number): number {
  return morningAfter(nowMs, 1);
}

/** Of the next week on Mondays. */
export function mondayMorning(nowMs: number): number {
  return morningAfter(
    nowMs,
    DAYS_OF_WEEK - ((new Date(nowMs).getDay() + DAYS_OF_WEEK - 1) % DAYS_OF_WEEK),
  );
}

/** 9:00 of this machine's zone, also when clocks change. */
function morningAfter(nowMs: number, days: number): number {
  const time = new Date(nowMs);
  time.setDate(time.getDate() + days);
  time.setHours(MORNING_HOUR, 0, 0, 0);
  return time.getTime();
}

/** The value of an input of local time, such as `2026-01-31T09:00`. */
export function localTime(ms: number): string {
  const time = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date}T${two(time.getHours())}:${two(time.getMinutes())}`;
}
