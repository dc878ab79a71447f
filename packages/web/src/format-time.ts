/** Formats times in the zone of the machine. Pure except for that zone. */
import { strings } from './strings.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const clock = new Intl.DateTimeFormat('en', { hour: 'numeric', minute: '2-digit' });
const fullTime = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'short' });
const dayOfYear = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' });
const dayOfAnyYear = new Intl.DateTimeFormat('en', { dateStyle: 'long' });

/** For example "2:30 PM". */
export function clockTime(ms: number): string {
  return clock.format(ms);
}

/** Full date and time. */
export function absoluteTime(ms: number): string {
  return fullTime.format(ms);
}

/** Relative up to one day, then the time of day: the date is in the day line. */
export function relativeTime(ms: number, nowMs: number): string {
  const ageMs = nowMs - ms;
  // A time in the future, from a clock that runs ahead, counts as now.
  if (ageMs < MINUTE_MS) return strings.conversation.justNow;
  if (ageMs < HOUR_MS) return strings.conversation.minutesAgo(Math.floor(ageMs / MINUTE_MS));
  if (ageMs < 24 * HOUR_MS) return strings.conversation.hoursAgo(Math.floor(ageMs / HOUR_MS));
  return clockTime(ms);
}

/** Midnight before this time in the zone of the machine: the same for all times of a day. */
export function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** For example "Today", "Yesterday", "Saturday, January 31", "January 31, 2025". */
export function dayText(dayMs: number, nowMs: number): string {
  const today = startOfDay(nowMs);
  if (dayMs === today) return strings.conversation.today;
  // Twelve hours before midnight is within yesterday, however long yesterday was.
  if (dayMs === startOfDay(today - 12 * HOUR_MS)) return strings.conversation.yesterday;
  const isThisYear = new Date(dayMs).getFullYear() === new Date(nowMs).getFullYear();
  return (isThisYear ? dayOfYear : dayOfAnyYear).format(dayMs);
}
