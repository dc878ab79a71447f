/**
 * Notifies members about activity in rooms that they do not have open: their unread counts, at most
 * once a second per room, and in a large room more rarely, so that the counts read per second have a
 * maximum. Direct and group rooms open automatically at their next event instead.
 */

import type { RoomId, UserId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { MemberUnread } from '../../model/unread.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import { isDirectOrGroup } from '../delivery/auto-subscribed-kinds.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { ConcurrencyLimiter } from '../primitives/concurrency-limiter.ts';

const INTERVAL_MS = 1000;
/** Maximum number of users whose counts are read at once, and per room and interval. */
const PAGE = 500;
/** Maximum number of rooms whose counts are read at the same time. */
const ROOMS_AT_ONCE = 4;

/** A room between two notifications. */
interface Pause {
  /** Undefined while the counts are read. */
  timer: Timer | undefined;
  /** Whether there was activity since the last notification began, or that one failed. */
  isDue: boolean;
}

interface UnreadNotifierOptions {
  readonly rooms: RoomStore;
  readonly connectedUsers: Pick<
    ConnectedUsers,
    'connectionsOf' | 'kindOf' | 'withoutRoom' | 'hasAnyWithoutRoom'
  >;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
}

export class UnreadNotifier {
  readonly #options: UnreadNotifierOptions;
  readonly #pauses = new Map<RoomId, Pause>();
  /** One round per room waits at most. */
  readonly #limiter = new ConcurrencyLimiter({
    atOnceMax: ROOMS_AT_ONCE,
    waitingMax: Number.POSITIVE_INFINITY,
  });
  #isClosed = false;

  constructor(options: UnreadNotifierOptions) {
    this.#options = options;
  }

  /** The head of the room has moved, on this node or another one. */
  note(roomId: RoomId): void {
    const kind = this.#options.connectedUsers.kindOf(roomId);
    if (kind === undefined || !isDirectOrGroup({ kind })) this.#noteActivity(roomId);
  }

  /** Shows a room to its new member, who may not know of it; direct and group rooms open instead. */
  showTo(userId: UserId, room: Pick<Room, 'id' | 'kind'>): void {
    if (isDirectOrGroup(room)) return;
    for (const connection of this.#options.connectedUsers.connectionsOf(userId)) {
      if (!connection.hasOpen(room.id)) this.sendMissed(connection, [room.id]);
    }
  }

  /** Sends the current unread counts of these rooms to a connection that lagged. */
  sendMissed(connection: ChatConnection, roomIds: readonly RoomId[]): void {
    this.#options.background.run(this.#sendMissed(connection, roomIds));
  }

  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#pauses.values()) timer?.cancel();
    this.#pauses.clear();
  }

  #noteActivity(roomId: RoomId): void {
    const pause = this.#pauses.get(roomId);
    if (pause !== undefined) pause.isDue = true;
    else if (this.#options.connectedUsers.hasAnyWithoutRoom(roomId)) this.#sendNow(roomId);
  }

  #sendNow(roomId: RoomId): void {
    const pause: Pause = { timer: undefined, isDue: false };
    this.#pauses.set(roomId, pause);
    const userIds = [
      ...new Set([...this.#options.connectedUsers.withoutRoom(roomId)].map(({ user }) => user.id)),
    ];
    const pages = Math.max(1, Math.ceil(userIds.length / PAGE));
    const sent = this.#broadcast(roomId, userIds)
      .catch((error: unknown) => {
        pause.isDue = true;
        throw error;
      })
      .finally(() => {
        if (!this.#isClosed) this.#pauseFor(roomId, pause, pages * INTERVAL_MS);
      });
    this.#options.background.run(sent);
  }

  #pauseFor(roomId: RoomId, pause: Pause, delayMs: number): void {
    pause.timer = this.#options.clock.schedule(delayMs, () => {
      this.#pauses.delete(roomId);
      if (pause.isDue) this.#sendNow(roomId);
    });
  }

  /** Page by page, each in its turn with other rooms. */
  async #broadcast(roomId: RoomId, userIds: readonly UserId[]): Promise<void> {
    const { rooms } = this.#options;
    for (let first = 0; first < userIds.length; first += PAGE) {
      const page = userIds.slice(first, first + PAGE);
      const found = await this.#limiter.run(roomId, () => rooms.readUnread(roomId, page));
      for (const member of found.members) this.#notifyMember(roomId, found.headSequence, member);
    }
  }

  /**
   * One room after the other: there may be many, and the connection may lag again before the last
   * one. If the store fails, the next notifications of the rooms include the connection.
   */
  async #sendMissed(connection: ChatConnection, roomIds: readonly RoomId[]): Promise<void> {
    for (const [index, roomId] of roomIds.entries()) {
      const found = await this.#options.rooms
        .readUnread(roomId, [connection.user.id])
        .catch((error: unknown) => {
          for (const missedId of roomIds.slice(index)) this.#noteActivity(missedId);
          throw error;
        });
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
    among: readonly ChatConnection[] = this.#options.connectedUsers.connectionsOf(userId),
  ): void {
    const connections = among.filter((connection) => !connection.hasOpen(roomId));
    const { unreadCount, mentionCount } = unread;
    broadcast(
      { kind: 'room-activity', roomId, headSequence, unreadCount, mentionCount },
      connections,
    );
  }
}
