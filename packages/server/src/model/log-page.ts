/** Pages of a room's log. */
import type { MessageId, RoomId } from '@parley/protocol';
import type { RoomEvent } from './room-event.ts';

export interface HistoryPage {
  readonly roomId: RoomId;
  /** Only replies to this message; undefined for all that was said. */
  readonly parentId?: MessageId | undefined;
  /** Excluded themselves; at most one of the two. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly limit: number;
}

/** A piece of a room's log. */
export interface EventsPage {
  /** The lowest sequence that the log still has: what is missing below it comes no more. */
  readonly firstSequence: number;
  readonly events: readonly RoomEvent[];
}
