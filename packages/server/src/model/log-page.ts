/** Pages of a room's log. */
import type { MessageId, RoomId } from '@parley/protocol';
import type { LogHead, RoomEvent } from './room-event.ts';

export interface HistoryPage {
  readonly roomId: RoomId;
  /** Only replies to this message; undefined for all messages. */
  readonly parentId?: MessageId | undefined;
  /** Only pinned messages; not together with `parentId`. */
  readonly isPinned?: true | undefined;
  /** Exclusive bounds; at most one of the two is set. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly limit: number;
}

/** The next messages of a room. */
export interface LogStep {
  readonly roomId: RoomId;
  /** Exclusive. */
  readonly after: number;
  readonly limit: number;
}

/** A range of a room's log. */
export interface EventsPage {
  /** The end of the log at the time of the page; undefined if the room does not exist. */
  readonly head: Pick<LogHead, 'sequence' | 'epoch'> | undefined;
  /** Lowest sequence that the log still has: missing events below it were deleted. */
  readonly firstSequence: number;
  readonly events: readonly RoomEvent[];
}
