/** Where logs start, and what retention has deleted. */
import type { RoomId } from '@parley/protocol';

export interface LogStart {
  readonly roomId: RoomId;
  /** Time of the oldest remaining event; undefined if there is none. */
  readonly oldestAtMs: number | undefined;
}

/** Result of one retention step. */
export interface Pruned {
  /** Number of deleted events. */
  readonly events: number;
  /** How many of the events were messages. */
  readonly messages: number;
  /** Whether a further step may delete more. */
  readonly hasMore: boolean;
}
