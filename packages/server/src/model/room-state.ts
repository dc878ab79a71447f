/** Reading a room from a position: what is requested, what is returned, and if the position is usable. */
import type { Epoch, MessageId, RoomId, UserId } from '@parley/protocol';
import type { Message } from './message.ts';
import type { LogHead, RoomEvent } from './room-event.ts';

/** Up to where a client has a room's log. */
export interface Position {
  readonly lastSequence: number;
  readonly epoch: Epoch | undefined;
  /** The id of the message at `lastSequence`. */
  readonly lastId: MessageId | undefined;
}

export interface RoomRead {
  readonly roomId: RoomId;
  /** Who reads. */
  readonly userId: UserId;
  readonly position: Position | undefined;
  /** Messages in the newest page. */
  readonly historyCount: number;
  /** Events that are caught up at most; above it the newest page replaces them. */
  readonly catchUpMax: number;
}

/** A room's state at one instant. */
export interface RoomState {
  readonly head: LogHead;
  /** Whether the reader is a member at this very instant: a loss of access after it is an event above the head. */
  readonly isMember: boolean;
  /** The position could not be caught up from: take `history` instead of what you hold. */
  readonly truncated: boolean;
  /** Oldest first: the newest page, or what was missed since the position. */
  readonly history: readonly Message[];
  /** What else happened since the position: events about messages at or below it, and losses of access. */
  readonly events: readonly RoomEvent[];
}

/**
 * Whether a client at this position can be caught up, or must start anew: another
 * epoch, another message where it stands (or none that is still there to compare), a
 * place that the log does not have, or too far behind.
 */
export function canCatchUp(
  position: Position,
  log: {
    readonly headSequence: number;
    readonly firstSequence: number;
    readonly epoch: Epoch;
    /** The id of the message at the position; undefined where no message is there. */
    readonly idAtPosition: MessageId | undefined;
  },
  catchUpMax: number,
): boolean {
  const { lastSequence, epoch, lastId } = position;
  if (epoch !== undefined && epoch !== log.epoch) return false;
  if (lastId !== undefined && lastId !== log.idAtPosition) return false;
  if (lastSequence > log.headSequence || lastSequence < log.firstSequence - 1) return false;
  return log.headSequence - lastSequence <= catchUpMax;
}
