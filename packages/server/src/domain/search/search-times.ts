/** The times of a search: a date is a day of the user's time zone. Pure. */
import { ChatError } from '@parley/protocol';
import { parseTime } from '../primitives/iso-time.ts';

const DAY = /^\d{4}-\d\d-\d\d$/;
const DAY_MS = 86_400_000;
const UTC = 'UTC';

interface Written {
  readonly after: readonly string[];
  readonly before: readonly string[];
}

interface Bound {
  readonly ms: number;
  /** The date, if it is one. */
  readonly day: string | undefined;
}

/**
 * From the latest `after` to below the earliest `before`. The same date for both means this day.
 *
 * @param timeZone Name of IANA, or an offset such as `+13:00`; default UTC.
 * @throws {ChatError} VALIDATION_ERROR for the field that is wrong.
 */
export function searchedTimes(
  { after, before }: Written,
  timeZone = UTC,
): readonly [fromMs: number, beforeMs: number] {
  const dateIn = datesOf(timeZone);
  const boundOf = (text: string, field: keyof Written): Bound => {
    const ms = parseTime(text, field);
    return DAY.test(text) ? { ms: startOf(text, dateIn), day: text } : { ms, day: undefined };
  };
  const from = after
    .map((text) => boundOf(text, 'after'))
    .reduce((a, b) => (b.ms > a.ms ? b : a), { ms: 0, day: undefined });
  const to = before
    .map((text) => boundOf(text, 'before'))
    .reduce((a, b) => (b.ms < a.ms ? b : a), { ms: Number.MAX_SAFE_INTEGER, day: undefined });
  if (from.day !== undefined && from.day === to.day) {
    return [from.ms, startOf(dayAfter(from.day), dateIn)];
  }
  if (to.ms > from.ms || after.length === 0) return [from.ms, to.ms];
  const message = "'before' must be later than 'after'";
  throw new ChatError('VALIDATION_ERROR', { field: 'before', message });
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);
}

type DateIn = (ms: number) => string;

/** The date of a time in the zone, as `2026-01-31`. */
function datesOf(timeZone: string): DateIn {
  try {
    const format = new Intl.DateTimeFormat('en-CA-u-ca-gregory-nu-latn', {
      ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit' },
    });
    return (ms) => format.format(ms).padStart(10, '0');
  } catch {
    const message = "'timeZone' must be the name of a time zone, such as Europe/Berlin";
    throw new ChatError('VALIDATION_ERROR', { field: 'timeZone', message });
  }
}

/** The first time of a day: clocks are put forward or back at midnight, too, and whole days were left out. */
function startOf(day: string, dateIn: DateIn): number {
  // Zones are at most 14 hours ahead of UTC and 12 hours behind it.
  let [before, first] = [Date.parse(day) - DAY_MS, Date.parse(day) + DAY_MS];
  while (first - before > 1) {
    const middle = Math.floor((before + first) / 2);
    if (dateIn(middle) < day) before = middle;
    else first = middle;
  }
  return first;
}
