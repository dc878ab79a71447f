/**
 * Tells members what happens in rooms that they do not have open: at most once a
 * second and room, with what they have not read. Direct and group rooms open
 * themselves instead, at their first event.
 */
import type { RoomId } from '@parley/protocol';
import type { RoomEvent } from '../../model/entities.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { MemberUnread, RoomStore } from '../../ports/room-store.ts';
import type { ChatConnection } from '../delivery/connection.ts';
import { tell } from '../delivery/fan-out.ts';
import { isConversation, opensByItself } from '../direct/direct-room-rules.ts';
import type { People } from '../presence/presence.ts';
import type { Background } from '../primitives/background-tasks.ts';

const INTERVAL_MS = 1000;
/** People whose counts are read at once. */
const PAGE = 500;

interface Pause {
  readonly timer: Timer;
  /** Something happened since it was last told. */
  isDue: boolean;
}

export interface RoomActivityOptions {
  readonly rooms: RoomStore;
  readonly people: People;
  readonly clock: Clock;
  readonly background: Background;
  /** Opens a direct or group room on a connection that hears of it by this event. */
  readonly openAt: (
    connection: ChatConnection,
    event: RoomEvent,
    author: ChatConnection | undefined,
  ) => void;
}

export class RoomActivity {
  readonly #options: RoomActivityOptions;
  readonly #pauses = new Map<RoomId, Pause>();

  constructor(options: RoomActivityOptions) {
    this.#options = options;
  }

  /** The author's own connection has heard already. */
  note(event: RoomEvent, author: ChatConnection | undefined): void {
    const { roomId } = event;
    const { people } = this.#options;
    const kind = people.kindOf(roomId);
    if (kind !== undefined && isConversation({ kind })) {
      for (const connection of people.withoutRoom(roomId)) {
        const { dialect } = connection.link;
        if (opensByItself(dialect, { kind })) this.#options.openAt(connection, event, author);
      }
      return;
    }
    const pause = this.#pauses.get(roomId);
    if (pause !== undefined) pause.isDue = true;
    else if (!people.withoutRoom(roomId).next().done) this.#tellNow(roomId);
  }

  /** For a connection that lagged: what is unread in these rooms by now. */
  tellMissed(connection: ChatConnection, roomIds: readonly RoomId[]): void {
    this.#options.background.run(this.#tellMissed(connection, roomIds));
  }

  close(): void {
    for (const { timer } of this.#pauses.values()) timer.cancel();
    this.#pauses.clear();
  }

  #tellNow(roomId: RoomId): void {
    const timer = this.#options.clock.schedule(INTERVAL_MS, () => {
      const { isDue } = this.#pauses.get(roomId) ?? { isDue: false };
      this.#pauses.delete(roomId);
      if (isDue) this.#tellNow(roomId);
    });
    this.#pauses.set(roomId, { timer, isDue: false });
    this.#options.background.run(this.#tell(roomId));
  }

  async #tell(roomId: RoomId): Promise<void> {
    const { people, rooms } = this.#options;
    const userIds = [...new Set([...people.withoutRoom(roomId)].map(({ user }) => user.id))];
    for (let first = 0; first < userIds.length; first += PAGE) {
      const found = await rooms.readUnread(roomId, userIds.slice(first, first + PAGE));
      for (const member of found.members) this.#tellMember(roomId, found.headSequence, member);
    }
  }

  /** One room after the other: there may be many, and it may lag again before the last of them. */
  async #tellMissed(connection: ChatConnection, roomIds: readonly RoomId[]): Promise<void> {
    for (const roomId of roomIds) {
      const found = await this.#options.rooms.readUnread(roomId, [connection.user.id]);
      if (connection.isClosed) return;
      for (const member of found.members) {
        this.#tellMember(roomId, found.headSequence, member, [connection]);
      }
    }
  }

  #tellMember(
    roomId: RoomId,
    headSequence: number,
    { userId, unread }: MemberUnread,
    among: readonly ChatConnection[] = this.#options.people.connectionsOf(userId),
  ): void {
    const connections = among.filter(({ openRooms }) => !openRooms.has(roomId));
    const { unreadCount, mentionCount } = unread;
    tell({ kind: 'room-activity', roomId, headSequence, unreadCount, mentionCount }, connections);
  }
}
