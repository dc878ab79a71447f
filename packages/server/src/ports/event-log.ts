/** The logs of rooms: each event stored once, in one order. */

import type { MessageId, RoomId, UserId } from '@parley/protocol';
import type { CommitResult } from '../model/commit-outcome.ts';
import type { LogCommand } from '../model/log-command.ts';
import type { EventsPage, HistoryPage, LogStep } from '../model/log-page.ts';
import type { Message } from '../model/message.ts';
import type { MessageVersion } from '../model/message-version.ts';
import type { KnownHead, MovedHeads } from '../model/moved-heads.ts';
import type { LogStart, Pruned } from '../model/pruned-log.ts';
import type { RoomLogHead } from '../model/room-event.ts';
import type { RoomRead, RoomState } from '../model/room-state.ts';

export interface EventLog {
  /**
   * Whether commits of several nodes to one room disturb each other, so that one node should commit
   * all messages of such a room. They are correct in any case.
   */
  readonly doNodesCollide?: boolean;
  /**
   * Stores the commands durably in their order and returns a result for each, in the same order.
   * Checks the idempotency key first, then membership, target and permission, all in the
   * transaction that stores the event. A rejected command changes nothing and does not affect the
   * others. An outage is a result too: `unknown`, or `not-begun`. Commits that run at the same time
   * have no order among each other; the caller keeps their rooms apart.
   *
   * @param onReady Called, by stores that support it, when the next commit may be submitted before
   * this one is done, with the same rooms. It starts after this one; if this one fails, it is not
   * begun.
   */
  commit(commands: readonly LogCommand[], onReady?: () => void): Promise<CommitResult[]>;
  /**
   * Oldest first; `hasMore` means that the range continues beyond the page, which ends at `limit`
   * messages or `PAGE_BYTES_MAX` bytes.
   */
  readHistory(page: HistoryPage): Promise<{ messages: Message[]; hasMore: boolean }>;
  /** Returns the head and a page of one point in time; undefined for a room that does not exist. */
  readRoom(read: RoomRead): Promise<RoomState | undefined>;
  /** Returns the heads of these rooms; rooms that do not exist are omitted. */
  readHeads(roomIds: readonly RoomId[]): Promise<RoomLogHead[]>;
  /** Compares heads with the store. Usually they are the same: then there is nothing to transfer. */
  readMovedHeads(known: readonly KnownHead[]): Promise<MovedHeads>;
  /** Returns the current state of a message. */
  readMessage(roomId: RoomId, messageId: MessageId): Promise<Message | undefined>;
  /** Returns the earlier texts of the message at a sequence, the latest first. */
  readVersions(roomId: RoomId, sequence: number): Promise<readonly MessageVersion[]>;
  /** Returns the latest message of each of these rooms that has one. */
  readLatest(roomIds: readonly RoomId[]): Promise<ReadonlyMap<RoomId, Message>>;
  /**
   * Reads up to `limit` messages of a room, and returns those of a user that are not deleted, in order; `next`
   * is where to go on, undefined at the end.
   */
  listMessagesOf(
    userId: UserId,
    step: LogStep,
  ): Promise<{ readonly messageIds: readonly MessageId[]; readonly next: number | undefined }>;
  /** Finds the room of a message by its id alone. */
  findRoomOfMessage(messageId: MessageId): Promise<RoomId | undefined>;
  /**
   * Returns events after a sequence, in order, each with the current state of its message: at most
   * `limit`, and fewer if they exceed `PAGE_BYTES_MAX`, but at least one.
   */
  readEvents(roomId: RoomId, after: number, limit: number): Promise<EventsPage>;
  /** Returns the start of the log of each room, ordered by room, after the given one. */
  listLogStarts(page: {
    readonly after: RoomId | undefined;
    readonly limit: number;
  }): Promise<LogStart[]>;
  /**
   * Deletes the oldest events of a room that are older than the given time, at most `eventsMax`,
   * with their messages and everything attached to these. A step that deletes as many reactions
   * deletes nothing else. Sequences and counts are not affected, and idempotency keys remain: a
   * repeated command gets its first result.
   */
  deleteMessagesOlderThan(
    roomId: RoomId,
    cut: { readonly beforeMs: number; readonly eventsMax: number },
  ): Promise<Pruned>;
  /**
   * Deletes reactions of deleted messages, which no reader sees any more: at most `rowsMax`, so that
   * commits do not wait for long. Returns whether there may be more.
   */
  deleteLeftoverReactions(rowsMax: number): Promise<boolean>;
  /**
   * Writes a meaningless value durably, and reads.
   *
   * @throws StoreUnavailable if a commit would fail now.
   */
  probe(): Promise<void>;
}
