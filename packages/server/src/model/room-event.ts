/** Events of a room's log, and the position of its head. */
import type { Epoch, MessageId, ReactionCount, RoomId, UserId } from '@parley/protocol';
import type { Message } from './message.ts';
import { FLAG_COMMANDS, type FlagCommand } from './message-flags.ts';

/** Position and state of the end of a room's log. */
export interface LogHead {
  /** Sequence of the latest event; 0 before the first event. */
  readonly sequence: number;
  /** Number of message events. */
  readonly ordinal: number;
  /** Number of messages that retention has deleted. */
  readonly prunedOrdinal: number;
  /** Retention has deleted all events below this sequence. */
  readonly firstSequence: number;
  readonly epoch: Epoch;
  /** Time of the latest event, or of the room's creation if there is none. */
  readonly lastActivityAtMs: number;
}

export interface RoomLogHead {
  readonly roomId: RoomId;
  readonly head: LogHead;
}

export type AccessLostReason = 'left' | 'removed' | 'banned';
/** Why a room is closed to a user: the deletion of the room is no event of its log. */
export type RoomLeftReason = AccessLostReason | 'deleted';

/** One event of a room's log, with the current state of its message. */
export type RoomEvent = LogPosition &
  (
    | { readonly kind: 'message'; readonly message: Message }
    | {
        readonly kind: 'edit';
        readonly messageId: MessageId;
        readonly content: string;
        readonly editedAtMs: number;
      }
    | { readonly kind: 'deletion' | FlagCommand; readonly messageId: MessageId }
    | {
        readonly kind: 'reaction-added' | 'reaction-removed';
        readonly messageId: MessageId;
        readonly emoji: string;
        /** Number of users with this reaction now. */
        readonly count: number;
        /** Of a vote that excludes these: without the user. */
        readonly others?: readonly ReactionCount[];
      }
    | {
        readonly kind: 'access-lost';
        readonly userId: UserId;
        readonly username: string;
        readonly reason: AccessLostReason;
      }
    /** An event of a later version: it keeps its sequence and is not shown. */
    | { readonly kind: 'unknown' }
  );

/** Fields that every log event has. */
export interface LogPosition {
  readonly roomId: RoomId;
  /** The log that the sequence belongs to. */
  readonly epoch: Epoch;
  readonly sequence: number;
  /** Ordinal of the latest message at or below this event. */
  readonly ordinal: number;
  /** User who caused the event. */
  readonly actorId: UserId;
  readonly createdAtMs: number;
}

export type RoomEventKind = RoomEvent['kind'];

const KINDS: Readonly<Record<RoomEventKind, unknown>> = {
  ...FLAG_COMMANDS,
  message: true,
  edit: true,
  deletion: true,
  'reaction-added': true,
  'reaction-removed': true,
  'access-lost': true,
  unknown: true,
};

export function isKnownKind(kind: RoomEventKind): boolean {
  return Object.hasOwn(KINDS, kind);
}

/** Returns an event of another node, which may be of a later version, as this version reads it. */
export function toKnownEvent(event: RoomEvent): RoomEvent {
  if (isKnownKind(event.kind)) return event;
  const { roomId, epoch, sequence, ordinal, actorId, createdAtMs } = event;
  return { roomId, epoch, sequence, ordinal, actorId, createdAtMs, kind: 'unknown' };
}
