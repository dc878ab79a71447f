/**
 * Slow mode: members of a room wait between their messages, except those who moderate it. Counted by
 * user and room in buckets that nodes share, as other limits. A room without slow mode costs nothing.
 */

import { ChatError, type ClientMessageId, type RoomId, type UserId } from '@parley/protocol';
import type { NodesMessage } from '../../model/bus-message.ts';
import { permits } from '../../model/role-table.ts';
import type { Room } from '../../model/room.ts';
import { mayAnnounce } from '../../model/room-policy.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import type { BoundedLeases } from '../primitives/bounded-leases.ts';
import { RateLimiter } from '../primitives/rate-limiter.ts';

interface SlowModeDependencies {
  readonly store: Pick<Store, 'rooms'>;
  readonly leases: BoundedLeases;
  readonly nodes: Pick<OtherNodes, 'isShared' | 'send'>;
}

type SlowTurn = Extract<NodesMessage, { readonly kind: 'slow-turn' }>;

/** Different waits of rooms in use; the one used least recently is dropped. */
const WAITS_MAX = 100;
const PLACES_MAX = 10_000;

export class SlowMode {
  readonly #dependencies: SlowModeDependencies;
  /** By seconds. */
  readonly #limits = new Map<number, RateLimiter<string>>();
  /** The latest message of each user in each room: a retry of it does not wait again, on any node. */
  readonly #latest = new Map<string, ClientMessageId>();

  constructor(dependencies: SlowModeDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Takes the user's turn in the room. Returns a promise only in slow mode.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  admit(
    user: User,
    room: Room,
    clientMessageId: ClientMessageId | undefined,
  ): void | Promise<void> {
    const { slowModeSeconds } = room;
    if (slowModeSeconds === undefined || user.isBot === true) return;
    if (permits('announce', user, room.kind)) return;
    return this.#take(user, { ...room, slowModeSeconds }, clientMessageId);
  }

  async #take(
    user: User,
    { id, kind, slowModeSeconds }: Room & { readonly slowModeSeconds: number },
    clientMessageId: ClientMessageId | undefined,
  ): Promise<void> {
    const place = placeOf(user.id, id);
    if (clientMessageId !== undefined && this.#latest.get(place) === clientMessageId) return;
    const waitMs = await this.#limitOf(slowModeSeconds).tryTake(place);
    if (waitMs > 0) {
      const reference = { kind: 'id', id } as const;
      const roomRole = (await this.#dependencies.store.rooms.findRoom(reference, user.id))?.role;
      // The log rejects users who are not members, and tells them nothing of the room.
      if (roomRole === undefined || mayAnnounce({ role: user.role, roomRole }, kind)) return;
      const retryAfterSeconds = Math.ceil(waitMs / 1000);
      const rule = `one message in ${slowModeSeconds} s`;
      const message = `This room is in slow mode, ${rule}: wait ${retryAfterSeconds} s`;
      throw new ChatError('RATE_LIMITED', { retryAfterSeconds, message });
    }
    keepLatest(this.#latest, PLACES_MAX, place, clientMessageId);
    const { nodes } = this.#dependencies;
    if (clientMessageId === undefined || !nodes.isShared) return;
    nodes.send({ kind: 'slow-turn', userId: user.id, roomId: id, clientMessageId });
  }

  /** The user has taken the turn on another node. */
  hearTurn({ userId, roomId, clientMessageId }: SlowTurn): void {
    keepLatest(this.#latest, PLACES_MAX, placeOf(userId, roomId), clientMessageId);
  }

  #limitOf(seconds: number): RateLimiter<string> {
    const limit =
      this.#limits.get(seconds) ??
      new RateLimiter<string>(
        `slow-mode-${seconds}`,
        { capacity: 1, windowMs: seconds * 1000 },
        this.#dependencies.leases,
      );
    keepLatest(this.#limits, WAITS_MAX, seconds, limit);
    return limit;
  }
}

function placeOf(userId: UserId, roomId: RoomId): string {
  return `${roomId} ${userId}`;
}

/** Sets an entry as the latest, and drops the oldest above the maximum; undefined only drops it. */
function keepLatest<Key, Value>(
  map: Map<Key, Value>,
  max: number,
  key: Key,
  value: Value | undefined,
): void {
  map.delete(key); // Moves to the end.
  if (value === undefined) return;
  map.set(key, value);
  const [oldest] = map.keys();
  if (oldest !== undefined && map.size > max) map.delete(oldest);
}
