/** The logs of rooms: what was said, in one order, once. */
import type { ClientMessageId, Epoch, MessageId, RoomId, UserId } from '@parley/protocol';
import type { LogHead, Message, RoomEvent } from './model.ts';

/** A command that becomes an event of a room's log. */
export interface LogCommand {
  readonly kind: 'message';
  readonly roomId: RoomId;
  readonly userId: UserId;
  /** The id that the message gets, if this attempt is the one that stores it. */
  readonly messageId: MessageId;
  readonly content: string;
  readonly clientMessageId: ClientMessageId | undefined;
  /** Digest of what was asked for: tells a retry from another command under the same id. */
  readonly fingerprint: string;
  /** When it was admitted. The stored time is never before that of the event before it. */
  readonly admittedAtMs: number;
}

export type CommitOutcome =
  | {
      readonly kind: 'stored';
      readonly sequence: number;
      readonly ordinal: number;
      readonly createdAtMs: number;
    }
  | {
      /** This very command was stored before; the first answer again. */
      readonly kind: 'duplicate';
      readonly messageId: MessageId;
      readonly sequence: number;
      readonly createdAtMs: number;
    }
  | {
      readonly kind: 'rejected';
      readonly code: 'CONFLICT' | 'FORBIDDEN' | 'NOT_FOUND';
    };

export interface HistoryPage {
  readonly roomId: RoomId;
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
  readonly position: Position | undefined;
  /** Messages in the newest page. */
  readonly historyCount: number;
  /** Events that are caught up at most; above it the newest page replaces them. */
  readonly catchUpMax: number;
}

/** A room's state at one instant. */
export interface RoomState {
  readonly head: LogHead;
  /** The position could not be caught up from: take `history` instead of what you hold. */
  readonly truncated: boolean;
  /** Oldest first: the newest page, or what was missed since the position. */
  readonly history: readonly Message[];
}

export interface LogStore {
  /**
   * Stores the commands in their order, durably, and answers in the same order.
   * Each one's membership and key are checked in the transaction that stores it;
   * one that is rejected leaves no trace and disturbs no neighbour.
   *
   * @throws StoreUnavailable when the outcome is not known: perhaps stored.
   */
  commit(commands: readonly LogCommand[]): Promise<CommitOutcome[]>;
  /** Oldest first; `hasMore` means that one more exists beyond the page, on its far side. */
  readHistory(page: HistoryPage): Promise<{ messages: Message[]; hasMore: boolean }>;
  /** Head and page of one instant; undefined for a room that is gone. */
  readRoom(read: RoomRead): Promise<RoomState | undefined>;
  /** Events after a sequence, in order. */
  readEvents(roomId: RoomId, after: number, limit: number): Promise<RoomEvent[]>;
}

/**
 * Whether a client at this position can be caught up, or must start anew: another
 * epoch, another message where it stands, a place that the log does not have, or
 * too far behind.
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
