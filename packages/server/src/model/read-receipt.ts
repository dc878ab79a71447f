/** How far users have read. */
import type { MessageId, UserId } from '@parley/protocol';

/** How far a person has read a room. */
export interface ReadPosition {
  readonly sequence: number;
  readonly ordinal: number;
}

/** Where a read position stands after a mark. */
export interface MarkedRead {
  readonly position: ReadPosition;
  /** The latest message at or below it; undefined before the first. */
  readonly messageId: MessageId | undefined;
  /** False where the mark was at or below the position that was there. */
  readonly hasMoved: boolean;
  /** When the position came to where it is. */
  readonly readAtMs: number;
}

/** Who has read up to where. */
export interface Reader {
  readonly userId: UserId;
  readonly sequence: number;
  /** When the position came to where it is: no later message was read before. */
  readonly readAtMs: number;
}
