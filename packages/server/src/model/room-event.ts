/** Events of a room's log, and the position of its head. */
import type { Epoch, MessageId, RoomId, UserId } from '@parley/protocol';
import type { Message } from './message.ts';

/** Where a room's log stands. */
export interface LogHead {
  /** The sequence of the latest event; 0 before the first. */
  readonly sequence: number;
  /** How many of them are messages. */
  readonly ordinal: number;
  /** How many of these retention has taken. */
  readonly prunedOrdinal: number;
  readonly epoch: Epoch;
  /** Of the latest event, else of the room itself. */
  readonly lastActivityAtMs: number;
}

export type AccessLostReason = 'left' | 'removed' | 'banned';

/** One event of a room's log, told with what its message is now. */
export type RoomEvent = LogPosition &
  (
    | { readonly kind: 'message'; readonly message: Message }
    | {
        readonly kind: 'edit';
        readonly messageId: MessageId;
        readonly content: string;
        readonly editedAtMs: number;
      }
    | { readonly kind: 'deletion' | 'pin' | 'unpin'; readonly messageId: MessageId }
    | {
        readonly kind: 'reaction-added' | 'reaction-removed';
        readonly messageId: MessageId;
        readonly emoji: string;
        /** How many have chosen this emoji now. */
        readonly count: number;
      }
    | {
        readonly kind: 'access-lost';
        readonly userId: UserId;
        readonly username: string;
        readonly reason: AccessLostReason;
      }
  );

/** What every event of a log has. */
export interface LogPosition {
  readonly roomId: RoomId;
  readonly sequence: number;
  /** The ordinal of the latest message at or below this event. */
  readonly ordinal: number;
  /** Who did it. */
  readonly actorId: UserId;
  readonly createdAtMs: number;
}

export type RoomEventKind = RoomEvent['kind'];
