/** Typing to another user, in a direct room that need not be open, or exist yet. */

import type { UserId } from '@parley/protocol';
import type { UserMessage } from '../../model/bus-message.ts';
import { directKeyOf, directRoomIdOf } from '../../model/direct-room-identity.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import { isAutoSubscribed } from '../delivery/auto-subscribed-kinds.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { BlockCache } from '../presence/block-cache.ts';
import type { Typing, TypingTarget } from '../presence/typing.ts';
import { TtlCache } from '../primitives/ttl-cache.ts';
import {
  type DirectRoomFinder,
  findOpenDirectRoom,
  type UserReference,
} from './direct-room-finder.ts';

interface DirectTypingDependencies {
  readonly accounts: Pick<BlockCache, 'isBlockedBetween'>;
  readonly store: Pick<Store, 'invitations'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly directRoomFinder: Pick<DirectRoomFinder, 'findOtherUser' | 'findByKey'>;
  readonly secrets: Pick<Crypto, 'digest'>;
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'send'>;
  readonly typing: Pick<Typing, 'start' | 'startOutside' | 'stop' | 'showElsewhere'>;
}

/** A room that is created meanwhile opens on the connections of both users. */
const ROOMS_KEPT = { ttlMs: 1000, entriesMax: 10_000 };

export class DirectTyping {
  readonly #dependencies: DirectTypingDependencies;
  /** Rooms of two users, by their key; undefined if they have none. */
  readonly #rooms: TtlCache<Room | undefined>;
  /** Whether two users know each other, by the key of their room. */
  readonly #known: TtlCache<boolean>;

  constructor(dependencies: DirectTypingDependencies) {
    this.#dependencies = dependencies;
    this.#rooms = new TtlCache(dependencies.clock, ROOMS_KEPT);
    this.#known = new TtlCache(dependencies.clock, ROOMS_KEPT);
  }

  /**
   * Shows the recipient that the user is typing; before the first message only if the two know each
   * other from elsewhere. No room is created for it: the user may never send anything. A block hides
   * it without an error, which would tell the user of it.
   *
   * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, UNAVAILABLE.
   */
  async set(
    connection: ChatConnection,
    { recipient, isTyping }: { readonly recipient: UserReference; readonly isTyping: boolean },
  ): Promise<void> {
    const { accounts, directRoomFinder, typing } = this.#dependencies;
    const { user } = connection;
    const other = await directRoomFinder.findOtherUser(user, recipient);
    if (isTyping && (await accounts.isBlockedBetween(user.id, other.id))) return;
    const stream = findOpenDirectRoom(connection, other.id);
    const target = stream ?? (await this.#targetBetween(user, other));
    if (target === undefined) return;
    if (connection.isClosed) return;
    if (!isTyping) typing.stop(connection, target);
    else if (stream !== undefined) typing.start(connection, stream);
    else typing.startOutside(connection, target);
  }

  /** Shows an indicator of a user of another node, in a room that does not exist yet. */
  showElsewhere(
    userId: UserId,
    { roomId: id, ...typing }: Extract<UserMessage, { readonly kind: 'typing' }>,
  ): void {
    const room = { id, kind: 'direct' } as const;
    const target = { room, connections: () => this.#receivers(userId, room) };
    this.#dependencies.typing.showElsewhere(target, typing);
  }

  /**
   * Where a user types to another if the room of the two is not open on this connection; undefined
   * if they are strangers.
   */
  async #targetBetween(user: User, other: User): Promise<TypingTarget | undefined> {
    const { connectedUsers, directRoomFinder, secrets, store, streams } = this.#dependencies;
    const nameKey = directKeyOf(user.id, other.id);
    const found = await this.#rooms.get(nameKey, () => directRoomFinder.findByKey(user, nameKey));
    if (found !== undefined) {
      return { room: found, connections: () => streams.get(found.id)?.connections() ?? [] };
    }
    const isKnown = await this.#known.get(nameKey, async () => {
      const standing = await store.invitations.findStanding(other.id, user.id, nameKey);
      return standing.isKnown;
    });
    if (!isKnown) return undefined;
    const room = { id: directRoomIdOf(secrets, nameKey), kind: 'direct', nameKey } as const;
    return {
      room,
      connections: () => this.#receivers(other.id, room),
      send: (notice) => connectedUsers.send(other.id, { ...notice, roomId: room.id }),
    };
  }

  /** The connections that would get the room's first message. */
  #receivers(userId: UserId, room: Pick<Room, 'kind'>): ChatConnection[] {
    return this.#dependencies.connectedUsers
      .connectionsOf(userId)
      .filter(({ link }) => isAutoSubscribed(link.dialect, room));
  }
}
