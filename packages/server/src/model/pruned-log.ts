/** Where logs start, and what retention has deleted. */
import type { RoomId } from '@parley/protocol';

export interface LogStart {
  readonly roomId: RoomId;
  /** Of the oldest event that is there; undefined where none is. */
  readonly oldestAtMs: number | undefined;
}

/** What a step of retention has taken away. */
export interface Pruned {
  readonly events: number;
  /** How many of them were messages. */
  readonly messages: number;
}
