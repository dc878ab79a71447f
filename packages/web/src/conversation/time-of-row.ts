/** When a row of the timeline was written. */
import type { TimelineRow } from '@parley/client/react';

/** Undefined for a message in progress, and for people who joined and left. */
export function timeOf(row: TimelineRow | undefined): number | undefined {
  if (row?.kind === 'message') return row.message.sentAtMs;
  return row?.kind === 'replies' ? row.replies[0]?.sentAtMs : undefined;
}
