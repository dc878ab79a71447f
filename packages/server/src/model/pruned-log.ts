/** Where logs start, and what retention has deleted. */
import type { RoomId } from '@parley/protocol';

export interface LogStart {
  readonly roomId: RoomId;
  /** Time of the oldest remaining event; undefined if there is none. */
  readonly oldestAtMs: number | undefined;
}

/** Numbers of events and messages deleted by one retention step. */
export interface Pruned {
  readonly events: number;
  /** How many of the events were messages. */
  readonly messages: number;
}
