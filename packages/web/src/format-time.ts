/** Formats times in the zone of the machine and the language of the browser. Otherwise pure. */
import { strings } from './strings/strings.ts';

const HOUR_MS = 60 * 60_000;

interface TimeFormats {
  readonly clock: Intl.DateTimeFormat;
  readonly fullTime: Intl.DateTimeFormat;
  readonly dayOfYear: Intl.DateTimeFormat;
  readonly shortDay: Intl.DateTimeFormat;
  readonly shortDayTime: Intl.DateTimeFormat;
  readonly dayOfAnyYear: Intl.DateTimeFormat;
}

/** @param locale By default that of the browser. */
export function timeFormats(locale?: string): TimeFormats {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { hourCycle: 'h23', ...options });
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  const date = { day: 'numeric', month: 'short' } as const;
  return {
    clock: format(time),
    fullTime: format({ dateStyle: 'full', timeStyle: 'short' }),
    dayOfYear: format({ ...date, weekday: 'long', month: 'long' }),
    shortDay: format(date),
    shortDayTime: format({ ...date, ...time }),
    dayOfAnyYear: format({ dateStyle: 'long' }),
  };
}

const OWN = timeFormats();

/** For example "14:30". */
export function clockTime(ms: number, { clock } = OWN): string {
  return clock.format(ms);
}

/** The time on the same day, for example "14:30", otherwise the day, for example "Jan 31". */
export function shortTime(ms: number, nowMs: number, { clock, shortDay } = OWN): string {
  return (startOfDay(ms) === startOfDay(nowMs) ? clock : shortDay).format(ms);
}

/** For example "14:30", "Jan 30, 14:30", "December 31, 2025". */
export function recentTime(ms: number, nowMs: number, formats = OWN): string {
  if (startOfDay(ms) === startOfDay(nowMs)) return formats.clock.format(ms);
  return (isSameYear(ms, nowMs) ? formats.shortDayTime : formats.dayOfAnyYear).format(ms);
}

/** Full date and time. */
export function absoluteTime(ms: number, { fullTime } = OWN): string {
  return fullTime.format(ms);
}

/** Midnight before this time in the zone of the machine: the same for all times of a day. */
export function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** For example "Today", "Yesterday", "Saturday, January 31", "January 31, 2025". */
export function dayText(dayMs: number, nowMs: number, formats = OWN): string {
  const today = startOfDay(nowMs);
  if (dayMs === today) return strings.conversation.today;
  // Twelve hours before midnight is within yesterday, however long yesterday was.
  if (dayMs === startOfDay(today - 12 * HOUR_MS)) return strings.conversation.yesterday;
  return (isSameYear(dayMs, nowMs) ? formats.dayOfYear : formats.dayOfAnyYear).format(dayMs);
}

function isSameYear(one: number, other: number): boolean {
  return new Date(one).getFullYear() === new Date(other).getFullYear();
}
