/** How far users have read. */
import type { MessageId, UserId } from '@parley/protocol';

/** Position up to which a user has read a room. */
export interface ReadPosition {
  readonly sequence: number;
  readonly ordinal: number;
}

/** Read position after it was set. */
export interface MarkedRead {
  readonly position: ReadPosition;
  /** Latest message at or below the position; undefined before the first message. */
  readonly messageId: MessageId | undefined;
  /** False if the position was already at or above the requested one. */
  readonly hasMoved: boolean;
  /** When the position was reached. */
  readonly readAtMs: number;
}

/** A member and their read position. */
export interface Reader {
  readonly userId: UserId;
  readonly sequence: number;
  /** When the position was reached: no later message was read before this time. */
  readonly readAtMs: number;
}
