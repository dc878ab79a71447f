/** The logs of rooms: what was said, in one order, once. */
import type {
  Attachment,
  ClientMessageId,
  Epoch,
  Mentions,
  MessageId,
  RoomId,
  UserId,
} from '@parley/protocol';
import type { AccessLostReason, LogHead, Message, RoomEvent } from '../model/entities.ts';

interface CommandBase {
  readonly roomId: RoomId;
  /** Whose command it is: membership and permission are theirs. */
  readonly userId: UserId;
  readonly clientMessageId: ClientMessageId | undefined;
  /** Digest of what was asked for: tells a retry from another command under the same id. */
  readonly fingerprint: string;
  /** When it was admitted. The stored time is never before that of the event before it. */
  readonly admittedAtMs: number;
}

/** A command that becomes an event of a room's log. `messageId` is what it is about. */
export type LogCommand = CommandBase &
  (
    | {
        readonly kind: 'message';
        /** The id that the message gets, if this attempt is the one that stores it. */
        readonly messageId: MessageId;
        readonly content: string;
        readonly mentions: Mentions;
        readonly attachments: readonly Attachment[];
        /** What it replies to; a reply to a reply belongs to the same thread. */
        readonly parentId: MessageId | undefined;
      }
    | {
        readonly kind: 'edit';
        readonly messageId: MessageId;
        readonly content: string;
        readonly mentions: Mentions;
      }
    | { readonly kind: 'deletion'; readonly messageId: MessageId }
    | { readonly kind: 'pin'; readonly messageId: MessageId }
    | { readonly kind: 'unpin'; readonly messageId: MessageId }
    | {
        readonly kind: 'reaction-added';
        readonly messageId: MessageId;
        readonly emoji: string;
      }
    | {
        readonly kind: 'reaction-removed';
        readonly messageId: MessageId;
        readonly emoji: string;
      }
    | {
        /**
         * Ends the subject's membership; `banned` also keeps them from another one. A room that has
         * no owner by that goes to the person who has been its member longest.
         */
        readonly kind: 'access-lost';
        readonly subjectId: UserId;
        readonly reason: AccessLostReason;
      }
  );

export type CommandOf<K extends LogCommand['kind']> = Extract<LogCommand, { readonly kind: K }>;

export type CommitOutcome =
  | { readonly kind: 'stored'; readonly event: RoomEvent }
  | {
      /** This very command was stored before; the first answer again. */
      readonly kind: 'duplicate';
      /** What it was about: the message that it stored or changed. */
      readonly messageId: MessageId;
      readonly sequence: number;
      readonly createdAtMs: number;
    }
  /** Done, but nothing of it belongs in the log: a ban of somebody who was no member. */
  | { readonly kind: 'unlogged' }
  | {
      readonly kind: 'rejected';
      readonly code: 'CONFLICT' | 'FORBIDDEN' | 'NOT_FOUND' | 'VALIDATION_ERROR';
      /** What of the request stands against it. */
      readonly field?: 'clientMessageId' | 'messageId' | 'parentMessageId' | 'emoji' | 'userId';
      /** The room is a channel that is archived: nobody may. */
      readonly isArchived?: true;
    };

export interface HistoryPage {
  readonly roomId: RoomId;
  /** Only replies to this message; undefined for all that was said. */
  readonly parentId?: MessageId | undefined;
  /** Excluded themselves; at most one of the two. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly limit: number;
}

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

/** A piece of a room's log. */
export interface EventsPage {
  /** The lowest sequence that the log still has: what is missing below it comes no more. */
  readonly firstSequence: number;
  readonly events: readonly RoomEvent[];
}

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

export interface EventLog {
  /**
   * Stores the commands in their order, durably, and answers in the same order.
   * The key is looked up first, then membership, target and permission, all in the
   * transaction that stores the event. One that is rejected leaves no trace and
   * disturbs no neighbour.
   *
   * @param onReady Called, by a store that can take it, when the next commit may be handed over
   * before this one is done. It begins after this one, if that does not fail.
   * @throws StoreUnavailable when the outcome is not known: perhaps stored.
   * @throws NotBegun when the commit before it has failed, and whoever hands over did not know.
   */
  commit(commands: readonly LogCommand[], onReady?: () => void): Promise<CommitOutcome[]>;
  /** Oldest first; `hasMore` means that one more exists beyond the page, on its far side. */
  readHistory(page: HistoryPage): Promise<{ messages: Message[]; hasMore: boolean }>;
  /** Head and page of one instant; undefined for a room that is gone. */
  readRoom(read: RoomRead): Promise<RoomState | undefined>;
  /** One message as it is now. */
  readMessage(roomId: RoomId, messageId: MessageId): Promise<Message | undefined>;
  /** The room of a message, for who knows nothing but its id. */
  findRoomOfMessage(messageId: MessageId): Promise<RoomId | undefined>;
  /** Events after a sequence, in order, each with what its message is now. */
  readEvents(roomId: RoomId, after: number, limit: number): Promise<EventsPage>;
  /** Where the logs of all rooms begin, by room, after the given one. */
  listLogStarts(page: {
    readonly after: RoomId | undefined;
    readonly limit: number;
  }): Promise<LogStart[]>;
  /**
   * Takes a room's oldest events away, as far as they are from before this time and at
   * most so many: with them their messages and all that hangs on these. Numbers and
   * counts go on as if nothing had happened, and keys stay: a repeated command gets its
   * first answer.
   */
  deleteMessagesOlderThan(
    roomId: RoomId,
    cut: { readonly beforeMs: number; readonly eventsMax: number },
  ): Promise<Pruned>;
  /**
   * Writes something of no meaning, durably, and reads.
   *
   * @throws StoreUnavailable where a commit would not be stored now.
   */
  probe(): Promise<void>;
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
