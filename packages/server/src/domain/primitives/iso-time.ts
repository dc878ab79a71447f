/** Parses the times that clients write. */
import { ChatError } from '@parley/protocol';

const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/**
 * Milliseconds since 1970, UTC.
 *
 * @throws {ChatError} VALIDATION_ERROR if the text is not an ISO 8601 date or time with an offset,
 *   or names a day that does not exist.
 */
export function parseTime(text: string, field: string): number {
  const day = ISO_TIME.exec(text)?.[1];
  // `Date` continues with the next month.
  const dayMs = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`);
  const isDay = !Number.isNaN(dayMs) && new Date(dayMs).toISOString().startsWith(`${day}T`);
  const timeMs = isDay ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(timeMs)) return timeMs;
  const message = `'${field}' must be an existing date or time in ISO 8601, such as 2026-01-31T12:00:00Z`;
  throw new ChatError('VALIDATION_ERROR', { field, message });
}
