/**
 * Logs of rooms in a store without joins, such as Cassandra: events, messages, reactions and
 * idempotency keys. It knows no users and no permissions: `stores/split/` decides each command and
 * appends the result.
 */
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import type { LogEntry } from '../model/log-entry.ts';
import type { Message } from '../model/message.ts';
import type { MessageVersion } from '../model/message-version.ts';
import type { ReadPosition } from '../model/read-receipt.ts';

/** A message without the sender's name, which is relational data. */
export type LoggedMessage = Omit<Message, 'sender'>;

/** An event as the log keeps it. */
export interface LogRecord extends Omit<LogEntry, 'epoch'> {
  /** Sequence of the message that the event creates or changes; undefined for other events. */
  readonly messageSequence: number | undefined;
  /** Users whom the message mentions after this event; undefined if the event leaves them as they were. */
  readonly mentioned: readonly UserId[] | 'everyone' | undefined;
  /** The message also mentions those whom it mentioned before. */
  readonly keepsMentions?: true | undefined;
  /** Files of a new message. */
  readonly fileIds?: readonly string[] | undefined;
  /** The text that an edit replaces, for the relational data only: logs do not keep it. */
  readonly replaced?: MessageVersion | undefined;
}

/** The end of a room's log. */
export interface LogTail extends ReadPosition {
  /** Time of the latest event; 0 before the first one. */
  readonly lastEventAtMs: number;
  /** Number of events that the next batch may append. */
  readonly capacity: number;
  /** The log accepts no events: its room is being deleted. */
  readonly isClosed: boolean;
}

/** An idempotency key with the result of its command. */
export interface LoggedKey {
  readonly name: string;
  readonly fingerprint: string;
  readonly messageId: MessageId;
  readonly sequence: number;
  readonly createdAtMs: number;
}

/** A user's reaction, added or removed. */
export interface ReactionChange {
  readonly messageSequence: number;
  readonly emoji: string;
  readonly userId: UserId;
  /** Sequence of the event that added it; undefined if removed. */
  readonly sequence: number | undefined;
}

/** Events of one room that are stored together. */
export interface LogBatch {
  readonly roomId: RoomId;
  /** The end of the log for which the batch was decided. */
  readonly from: LogTail;
  readonly records: readonly LogRecord[];
  /** Messages that the records create or change, in their final state. */
  readonly messages: readonly LoggedMessage[];
  readonly reactions: readonly ReactionChange[];
  readonly keys: readonly LoggedKey[];
}

/** A stored batch. */
export interface Appended {
  /** The end of the log after it. */
  readonly tail: LogTail;
  /**
   * Resolves when every node finds its messages and keys: a condition of acknowledgements, but not
   * of the next batch. Rejects with StoreUnavailable.
   */
  readonly findable: Promise<void>;
}

/**
 * Messages of a room in order; `parentId` limits them to one thread, `isPinned` to pinned messages.
 * Bounds are exclusive.
 */
export interface MessageRange {
  readonly roomId: RoomId;
  readonly parentId?: MessageId | undefined;
  readonly isPinned?: true | undefined;
  readonly above: number;
  readonly below: number;
  readonly order: 'oldest-first' | 'newest-first';
  readonly limit: number;
}

export interface MessageLog {
  /** Identifies the log: the relational data of a store belongs to one log. */
  readonly id: string;
  readonly description: string;
  /** Settings that may lose the latest writes; empty if the log is fully durable. */
  readonly weakenedBy: readonly string[];
  /**
   * Returns the end of a log, possibly as this node knows it: `append` detects if it is outdated.
   *
   * @param hint.atLeast A sequence that the log has reached.
   * @param hint.isFresh Reads the end from the store.
   */
  readTail(
    roomId: RoomId,
    hint: { readonly atLeast: number; readonly isFresh: boolean },
  ): Promise<LogTail>;
  /**
   * Stores a batch completely, or returns `conflict` and stores nothing if the log has another end.
   *
   * @throws StoreUnavailable if the outcome is unknown.
   * @throws NotBegun if nothing was stored.
   */
  append(batch: LogBatch): Promise<Appended | 'conflict'>;
  /** Finds the keys that are stored in a log with this end. */
  findKeys(
    roomId: RoomId,
    names: readonly string[],
    tail: LogTail,
  ): Promise<ReadonlyMap<string, LoggedKey>>;
  findMessages(
    roomId: RoomId,
    ids: readonly MessageId[],
  ): Promise<ReadonlyMap<MessageId, LoggedMessage>>;
  findRoomOfMessage(messageId: MessageId): Promise<RoomId | undefined>;
  /** Whether a user has this reaction on a message. */
  hasReaction(roomId: RoomId, reaction: Omit<ReactionChange, 'sequence'>): Promise<boolean>;
  /** Users with a reaction, in the order of their reactions. */
  listReactionUsers(
    roomId: RoomId,
    reaction: Omit<ReactionChange, 'sequence' | 'userId'>,
    limit: number,
  ): Promise<UserId[]>;
  /** Records after a sequence up to and including another, in order, at most `limit`. */
  readRecords(
    roomId: RoomId,
    range: { readonly after: number; readonly upTo: number; readonly limit: number },
  ): Promise<LogRecord[]>;
  readMessages(range: MessageRange): Promise<LoggedMessage[]>;
  /** Messages at these sequences; pruned ones are omitted. */
  readMessagesAt(roomId: RoomId, sequences: readonly number[]): Promise<LoggedMessage[]>;
  /** Deletes events and messages in a range, both ends included; idempotency keys remain. */
  deleteRange(
    roomId: RoomId,
    range: { readonly from: number; readonly upTo: number },
  ): Promise<void>;
  /** Closes a log if it has no messages. Returns whether it is closed. */
  closeUnused(roomId: RoomId): Promise<boolean>;
  /** Closes a log and deletes it, except for records that keep it closed. */
  deleteLog(roomId: RoomId, atLeast: number): Promise<void>;
  /** Writes a meaningless value durably, and reads. @throws StoreUnavailable. */
  probe(): Promise<void>;
  close(): Promise<void>;
}
