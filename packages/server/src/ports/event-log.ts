/** The logs of rooms: what was said, in one order, once. */

import type { MessageId, RoomId } from '@parley/protocol';
import type { CommitOutcome } from '../model/commit-outcome.ts';
import type { LogCommand } from '../model/log-command.ts';
import type { EventsPage, HistoryPage } from '../model/log-page.ts';
import type { Message } from '../model/message.ts';
import type { LogStart, Pruned } from '../model/pruned-log.ts';
import type { RoomRead, RoomState } from '../model/room-state.ts';

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
