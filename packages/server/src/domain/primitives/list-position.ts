/** Where a page of a list that is ordered by time begins. */
import { ChatError } from '@parley/protocol';
import { LIST_START, parseTimeCursor, type TimeCursor } from '../../model/page.ts';

/** @throws {ChatError} VALIDATION_ERROR for a text that no page before has given. */
export function positionAfter(after: string | undefined): TimeCursor {
  const position = after === undefined ? LIST_START : parseTimeCursor(after);
  if (position !== undefined) return position;
  const message = "'after' must be 'next' of the page before";
  throw new ChatError('VALIDATION_ERROR', { field: 'after', message });
}
