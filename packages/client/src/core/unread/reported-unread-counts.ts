/**
 * Collects the unread counts that the server reports: in the greeting, in the list of
 * rooms, and as events.
 */
import type { Epoch, OwnRoomEntry, RoomId, RoomListEntry, ServerFrames } from '@parley/protocol';
import type { Message } from '../messages/message.ts';
import type { RoomState } from '../rooms/room-state.ts';
import type { Rooms } from '../rooms/rooms.ts';
import {
  applyReportedUnread,
  countMessage,
  NOTHING_UNREAD,
  type ReportedUnread,
  reportedOf,
  type UnreadState,
  unreadOf,
} from '../rooms/unread-state.ts';
import type { ClientStore } from '../snapshot.ts';

export class ReportedUnreadCounts {
  readonly #store: ClientStore;
  readonly #rooms: Rooms;

  constructor(store: ClientStore, rooms: Rooms) {
    this.#store = store;
    this.#rooms = rooms;
  }

  onWelcome({ rooms }: Pick<ServerFrames['connection_established'], 'rooms'>): void {
    // Memberships may have ended meanwhile.
    this.#apply(rooms.map(reportOf), new Map());
    for (const entry of rooms) this.#moveOpen(entry, entry);
  }

  /** @param roomsWhenAsked The rooms at the time of the request. */
  onList(entries: readonly RoomListEntry[], roomsWhenAsked: ReadonlyMap<RoomId, RoomState>): void {
    this.#apply(this.#notOlder(entries));
    for (const entry of entries) {
      const before = roomsWhenAsked.get(entry.id);
      // The list may not include events that arrived during the request.
      if (before?.kind !== 'open') continue;
      const { position: headSequence, epoch } = before.log;
      this.#moveOpen(entry, { headSequence, epoch });
    }
  }

  /** The user's own rooms, listed again on the same connection. */
  onOwn(entries: readonly OwnRoomEntry[]): void {
    this.#apply(this.#notOlder(entries));
    for (const entry of entries) this.#moveOpen(entry, entry);
  }

  /**
   * A message of a conversation that is not open here, for which the server sends no
   * `room_activity`.
   */
  onMessage(message: Message): void {
    const { unread, user } = this.#store.getSnapshot();
    if (user === undefined) return;
    const { roomId } = message;
    this.#apply([[roomId, countMessage(unread.get(roomId), message, user)]]);
  }

  /** The user has read a conversation on another device. Returns whether the new count is known. */
  onRead(roomId: RoomId, sequence: number): boolean {
    const reported = this.#store.getSnapshot().unread.get(roomId);
    if (reported?.headSequence === undefined || sequence < reported.headSequence) return false;
    this.#apply([[roomId, { ...reported, ...NOTHING_UNREAD }]]);
    return true;
  }

  onActivity(activity: ServerFrames['room_activity']): void {
    this.#apply([[activity.roomId, reportedOf(activity, activity.headSequence)]]);
  }

  /** The choice of the user, here or on another device. */
  onLevel({ roomId, level }: ServerFrames['notification_level']): void {
    const known = this.#store.getSnapshot().unread.get(roomId);
    // A room that is not known yet has the level in the next list.
    if (known !== undefined) this.#apply([[roomId, { ...known, notificationLevel: level }]]);
  }

  /** The room is about to close: keeps its current count. */
  keep(roomId: RoomId): void {
    const { rooms, unread, user } = this.#store.getSnapshot();
    const room = rooms.get(roomId);
    if (room?.kind !== 'open' || user === undefined) return;
    const count = unreadOf(room, unread.get(roomId), user);
    this.#apply([[roomId, reportedOf(count, room.log.position)]]);
  }

  /** The membership has ended: nothing there is unread, and a new membership starts at the head. */
  forget(roomId: RoomId): void {
    const unread = new Map(this.#store.getSnapshot().unread);
    unread.delete(roomId);
    this.#store.update({ unread });
  }

  /** Skips entries that are older than the latest message received here. */
  #notOlder(entries: readonly RoomListEntry[]): (readonly [RoomId, ReportedUnread])[] {
    const { unread } = this.#store.getSnapshot();
    return entries
      .filter(({ id, headSequence }) => {
        const known = unread.get(id)?.headSequence;
        return headSequence === undefined || known === undefined || headSequence >= known;
      })
      .map(reportOf);
  }

  #apply(
    news: Iterable<readonly [RoomId, ReportedUnread]>,
    before: UnreadState = this.#store.getSnapshot().unread,
  ): void {
    this.#store.update({ unread: applyReportedUnread(before, news) });
  }

  /** Also if the room was read on another device. */
  #moveOpen(
    { id, unreadCount, firstUnreadSequence }: RoomListEntry,
    { headSequence, epoch }: { readonly headSequence: number; readonly epoch: Epoch },
  ): void {
    const room = this.#store.getSnapshot().rooms.get(id);
    // Sequences of another log do not apply to this one.
    if (room?.kind !== 'open' || room.log.epoch !== epoch) return;
    if (firstUnreadSequence !== undefined) {
      this.#rooms.apply(id, { kind: 'read', sequence: firstUnreadSequence - 1 });
    } else if (unreadCount === 0) {
      this.#rooms.apply(id, { kind: 'read', sequence: headSequence });
    }
  }
}

function reportOf(entry: RoomListEntry): readonly [RoomId, ReportedUnread] {
  const { id, headSequence, notificationLevel } = entry;
  return [id, { ...reportedOf(entry, headSequence), notificationLevel }];
}
