/**
 * `join_room`: finds or creates the room, adds the membership, and opens the room on the
 * connection.
 */

import { ChatError, isUuid, LIMITS, type RoomId } from '@parley/protocol';
import { permits } from '../../model/role-table.ts';
import type { Room } from '../../model/room.ts';
import type { Position } from '../../model/room-state.ts';
import type { User } from '../../model/user.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import {
  announceAdded,
  type MembershipAnnouncerDependencies,
} from '../core/membership-announcer.ts';
import { requireReadPermission } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { isDirectOrGroup } from '../delivery/auto-subscribed-kinds.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { archived } from '../errors.ts';
import type { TtlSet } from '../primitives/ttl-set.ts';
import { type CreatePublicRoomDependencies, createPublicRoom } from './create-public-room.ts';
import type { JoinWaves } from './join-waves.ts';
import type { RoomDisplayNames } from './room-display-names.ts';
import { toReference } from './room-reference.ts';
import type { OpenedRoom, SnapshotSubscriber } from './snapshot-subscriber.ts';

interface RoomJoinerDependencies
  extends CreatePublicRoomDependencies,
    MembershipAnnouncerDependencies {
  readonly connectedUsers: Pick<ConnectedUsers, 'joinedRoom' | 'noteMute'>;
  readonly userLimits: Pick<UserRateLimits, 'changes' | 'creations'>;
  /** Joins of the last `JOIN_INTERVAL_MS`, by connection and room. */
  readonly recentJoins: Pick<TtlSet, 'add' | 'leftMs'>;
  readonly displayNames: Pick<RoomDisplayNames, 'find'>;
  readonly opener: Pick<SnapshotSubscriber, 'open'>;
  readonly joinWaves: Pick<JoinWaves, 'require'>;
}

interface JoinRequest {
  /** The id or the name of a room. */
  readonly room: string;
  /** False: an unknown name is NOT_FOUND instead of a new room. Default: true. */
  readonly mayCreate?: boolean | undefined;
  /** The name of the field in the client's request, for errors. */
  readonly field: string;
  readonly position: Position | undefined;
}

interface JoinedRoom extends OpenedRoom {
  /** The title in lists of rooms. */
  readonly title: string;
}

/** Joins of one room by one connection within this time are rejected. */
export const JOIN_INTERVAL_MS = 1000;

export class RoomJoiner {
  readonly #dependencies: RoomJoinerDependencies;

  constructor(dependencies: RoomJoinerDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Joins a room and calls `reply` with its state before anything later is sent.
   *
   * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN, CONFLICT, RATE_LIMITED, UNAVAILABLE.
   */
  async join(
    connection: ChatConnection,
    request: JoinRequest,
    reply: (room: JoinedRoom) => void,
  ): Promise<void> {
    try {
      await this.#join(connection, request, reply);
    } catch (error) {
      if (!isNotFound(error) || connection.isClosed || !mayCreateRoom(request)) throw error;
      // An empty room of this name was deleted meanwhile: now there is none.
      await this.#join(connection, request, reply);
    }
  }

  /**
   * Makes the user a member of a room, without opening it on a connection.
   *
   * @throws {ChatError} NOT_FOUND, FORBIDDEN, RATE_LIMITED, UNAVAILABLE.
   */
  async becomeMember(user: User, id: RoomId): Promise<void> {
    const { store, userLimits, connectedUsers } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const found = await store.rooms.findRoom({ kind: 'id', id }, user.id);
    const { room, role } = requireReadPermission(found);
    if (role !== undefined) return;
    await this.#makeMember(user, room);
    connectedUsers.joinedRoom(user.id, room);
  }

  async #join(
    connection: ChatConnection,
    request: JoinRequest,
    reply: (room: JoinedRoom) => void,
  ): Promise<void> {
    const room = await this.#findOrCreateRoom(connection, request);
    const { title } = await this.#dependencies.displayNames.find(connection.user.id, room);
    if (connection.isClosed) return;
    this.#dependencies.connectedUsers.joinedRoom(connection.user.id, room);
    let rejection: ChatError | undefined;
    await this.#dependencies.opener.open(
      connection,
      [{ room, position: request.position }],
      ([result]) => {
        if (result?.kind === 'opened') reply({ ...result, title });
        else rejection = result?.error;
      },
    );
    if (rejection !== undefined) throw rejection;
  }

  /** Returns the room, which the user is a member of afterwards. */
  async #findOrCreateRoom(
    connection: ChatConnection,
    { room: requested, field, mayCreate = true }: JoinRequest,
  ): Promise<Room> {
    const { user } = connection;
    const { rooms } = this.#dependencies.store;
    const named = toReference(requested, field);
    const found = await rooms.findRoom(named.reference, user.id);
    if (found === undefined && 'name' in named) {
      // To guests, a public room is as one that does not exist.
      const isCreated = mayCreate && permits('create-rooms', user);
      if (!isCreated) throw new ChatError('NOT_FOUND', { field });
      checkOpenRooms(connection, field);
      return this.#createRoom(connection, { ...named, field });
    }
    const { room, role } = requireReadPermission(found);
    if (!connection.hasOpen(room.id)) checkOpenRooms(connection, field);
    if (role === undefined) await this.#dependencies.userLimits.changes.take(user.id);
    this.#countJoin(connection, room.id);
    if (role === undefined) await this.#makeMember(user, room);
    return room;
  }

  async #createRoom(
    connection: ChatConnection,
    named: Parameters<typeof createPublicRoom>[2],
  ): Promise<Room> {
    const { room, isNew } = await createPublicRoom(this.#dependencies, connection.user.id, named);
    this.#countJoin(connection, room.id);
    if (!isNew) await this.#makeMember(connection.user, room); // Another user created it at the same time.
    return room;
  }

  async #makeMember(user: User, room: Room): Promise<void> {
    const { store, clock, joinWaves } = this.#dependencies;
    await joinWaves.require(user, room);
    const atMs = clock.nowMs();
    const added = await store.rooms.addMember(room.id, user.id, atMs);
    if (added === 'no-room') throw new ChatError('NOT_FOUND');
    if (added === 'archived') throw archived();
    if (added === 'banned' || added === 'foreign') throw new ChatError('FORBIDDEN');
    this.#dependencies.connectedUsers.noteMute(user.id, room.id, added.mutedUntilMs);
    announceAdded(this.#dependencies, room, user, { ...added, actorId: user.id, atMs });
  }

  #countJoin({ id }: ChatConnection, roomId: RoomId): void {
    const { recentJoins } = this.#dependencies;
    const key = `${id} ${roomId}`;
    const waitMs = recentJoins.leftMs(key);
    if (waitMs > 0) {
      throw new ChatError('RATE_LIMITED', {
        retryAfterSeconds: Math.ceil(waitMs / 1000),
        message: 'Please wait before rejoining',
      });
    }
    recentJoins.add(key);
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'NOT_FOUND';
}

function mayCreateRoom({ room, mayCreate }: JoinRequest): boolean {
  return mayCreate !== false && !isUuid(room.trim());
}

function checkOpenRooms({ openRooms: open }: ChatConnection, field: string): void {
  const joined = open.filter(({ stream }) => !isDirectOrGroup(stream.room));
  if (joined.length < LIMITS.openRoomsMax) return;
  const message = `At most ${LIMITS.openRoomsMax} rooms can be open on one connection`;
  throw new ChatError('CONFLICT', { field, message });
}
