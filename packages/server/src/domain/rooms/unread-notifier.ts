/**
 * Notifies members about activity in rooms that they do not have open: their unread counts, at most
 * once a second per room. Direct and group rooms open automatically at their first event instead.
 */

import type { RoomId } from '@parley/protocol';
import type { RoomEvent } from '../../model/room-event.ts';
import type { MemberUnread } from '../../model/unread.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { ChatConnection } from '../delivery/connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import { isAutoSubscribed, isDirectOrGroup } from '../direct/room-kinds.ts';
import type { Presence } from '../presence/presence.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';

const INTERVAL_MS = 1000;
/** Maximum number of users whose counts are read at once. */
const PAGE = 500;

interface Pause {
  readonly timer: Timer;
  /** Whether there was activity since the last notification. */
  isDue: boolean;
}

export interface UnreadNotifierOptions {
  readonly rooms: RoomStore;
  readonly presence: Pick<Presence, 'connectionsOf' | 'kindOf' | 'withoutRoom'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
  /** Opens a direct or group room on a connection, starting with this event. */
  readonly openAt: (
    connection: ChatConnection,
    event: RoomEvent,
    author: ChatConnection | undefined,
  ) => void;
}

export class UnreadNotifier {
  readonly #options: UnreadNotifierOptions;
  readonly #pauses = new Map<RoomId, Pause>();

  constructor(options: UnreadNotifierOptions) {
    this.#options = options;
  }

  /** The author's own connection was informed already. */
  note(event: RoomEvent, author: ChatConnection | undefined): void {
    const { roomId } = event;
    const { presence } = this.#options;
    const kind = presence.kindOf(roomId);
    if (kind !== undefined && isDirectOrGroup({ kind })) {
      for (const connection of presence.withoutRoom(roomId)) {
        const { dialect } = connection.link;
        if (isAutoSubscribed(dialect, { kind })) this.#options.openAt(connection, event, author);
      }
      return;
    }
    const pause = this.#pauses.get(roomId);
    if (pause !== undefined) pause.isDue = true;
    else if (!presence.withoutRoom(roomId).next().done) this.#sendNow(roomId);
  }

  /** Sends the current unread counts of these rooms to a connection that lagged. */
  sendMissed(connection: ChatConnection, roomIds: readonly RoomId[]): void {
    this.#options.background.run(this.#sendMissed(connection, roomIds));
  }

  close(): void {
    for (const { timer } of this.#pauses.values()) timer.cancel();
    this.#pauses.clear();
  }

  #sendNow(roomId: RoomId): void {
    const timer = this.#options.clock.schedule(INTERVAL_MS, () => {
      const { isDue } = this.#pauses.get(roomId) ?? { isDue: false };
      this.#pauses.delete(roomId);
      if (isDue) this.#sendNow(roomId);
    });
    this.#pauses.set(roomId, { timer, isDue: false });
    this.#options.background.run(this.#broadcast(roomId));
  }

  async #broadcast(roomId: RoomId): Promise<void> {
    const { presence, rooms } = this.#options;
    const userIds = [...new Set([...presence.withoutRoom(roomId)].map(({ user }) => user.id))];
    for (let first = 0; first < userIds.length; first += PAGE) {
      const found = await rooms.readUnread(roomId, userIds.slice(first, first + PAGE));
      for (const member of found.members) this.#notifyMember(roomId, found.headSequence, member);
    }
  }

  /**
   * One room after the other: there may be many, and the connection may lag again before the last
   * one.
   */
  async #sendMissed(connection: ChatConnection, roomIds: readonly RoomId[]): Promise<void> {
    for (const roomId of roomIds) {
      const found = await this.#options.rooms.readUnread(roomId, [connection.user.id]);
      if (connection.isClosed) return;
      for (const member of found.members) {
        this.#notifyMember(roomId, found.headSequence, member, [connection]);
      }
    }
  }

  #notifyMember(
    roomId: RoomId,
    headSequence: number,
    { userId, unread }: MemberUnread,
    among: readonly ChatConnection[] = this.#options.presence.connectionsOf(userId),
  ): void {
    const connections = among.filter((connection) => !connection.hasOpen(roomId));
    const { unreadCount, mentionCount } = unread;
    broadcast(
      { kind: 'room-activity', roomId, headSequence, unreadCount, mentionCount },
      connections,
    );
  }
}
