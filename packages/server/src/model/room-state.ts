/**
 * Reading a room from a position: the request, the result, and whether the position can be used.
 */
import type { Epoch, MessageId, RoomId, UserId } from '@parley/protocol';
import type { Message } from './message.ts';
import type { LogHead, RoomEvent } from './room-event.ts';

/** Position up to which a client has a room's log. */
export interface Position {
  readonly lastSequence: number;
  readonly epoch: Epoch | undefined;
  /** Id of the message at `lastSequence`. */
  readonly lastId: MessageId | undefined;
}

export interface RoomRead {
  readonly roomId: RoomId;
  /** The reading user. */
  readonly userId: UserId;
  readonly position: Position | undefined;
  /** Number of messages in the newest page. */
  readonly historyCount: number;
  /** Maximum number of events to catch up; beyond it the newest page replaces them. */
  readonly catchUpMax: number;
  /**
   * Maximum bytes of the result, as `messageBytes` and `eventBytes` count them. A catch-up that
   * does not fit is replaced by the newest page; the newest page becomes shorter, at least one
   * message.
   */
  readonly bytesMax: number;
}

/** State of a room at one point in time. */
export interface RoomState {
  readonly head: LogHead;
  /**
   * Whether the reader is a member at this point in time: a later loss of access is an event above
   * the head.
   */
  readonly isMember: boolean;
  /** Catching up from the position was not possible: replace the local messages by `history`. */
  readonly truncated: boolean;
  /** Oldest first: the newest page, or the messages since the position. */
  readonly history: readonly Message[];
  /** Other events since the position: changes of messages at or below it, and losses of access. */
  readonly events: readonly RoomEvent[];
}

/**
 * Whether a client can catch up from this position. If not, it must reload: the epoch differs, the
 * message at the position differs or no longer exists, the log does not contain the position, or
 * the client is too far behind.
 */
export function canCatchUp(
  position: Position,
  log: {
    readonly headSequence: number;
    readonly firstSequence: number;
    readonly epoch: Epoch;
    /** Id of the message at the position; undefined if there is no message. */
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
