/** Formats times in the zone of the machine. Pure except for that zone. */
import { strings } from './strings.ts';

const HOUR_MS = 60 * 60_000;

const clock = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const fullTime = new Intl.DateTimeFormat('en', {
  dateStyle: 'full',
  timeStyle: 'short',
  hourCycle: 'h23',
});
const dayOfYear = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' });
const shortDay = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });
const dayOfAnyYear = new Intl.DateTimeFormat('en', { dateStyle: 'long' });

/** For example "14:30". */
export function clockTime(ms: number): string {
  return clock.format(ms);
}

/** The time on the same day, for example "14:30", otherwise the day, for example "Jan 31". */
export function shortTime(ms: number, nowMs: number): string {
  return startOfDay(ms) === startOfDay(nowMs) ? clock.format(ms) : shortDay.format(ms);
}

/** For example "14:30", "Jan 30, 14:30", "December 31, 2025". */
export function recentTime(ms: number, nowMs: number): string {
  if (startOfDay(ms) === startOfDay(nowMs)) return clock.format(ms);
  const isThisYear = new Date(ms).getFullYear() === new Date(nowMs).getFullYear();
  return isThisYear ? `${shortDay.format(ms)}, ${clock.format(ms)}` : dayOfAnyYear.format(ms);
}

/** Full date and time. */
export function absoluteTime(ms: number): string {
  return fullTime.format(ms);
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
