/**
 * The users who are connected to this node, with their connections and the rooms that they are
 * members of. A user stays here until presence removes the user: some time after a lost connection.
 */

import type { RoomId, RoomKind, UserId } from '@parley/protocol';
import type { UserMessage } from '../../model/bus-message.ts';
import type { Room } from '../../model/room.ts';
import type { MembershipEntry } from '../../model/room-member.ts';
import type { User } from '../../model/user.ts';
import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { SmallSet } from '../primitives/small-set.ts';

export interface ConnectedUser {
  /** Replaced when the user changes the display name. */
  user: User;
  /** Empty while the user may still come back after a lost connection. */
  readonly connections: SmallSet<ChatConnection>;
  /** The rooms that the user is a member of. */
  readonly rooms: SmallSet<RoomId>;
  /** Rooms in which the user may not write, and until when. */
  readonly mutes: Map<RoomId, number>;
  /** Receives what other nodes send about the user; undefined if there are no other nodes. */
  readonly subscription: Promise<Unsubscribe> | undefined;
}

interface MemberRoom {
  readonly kind: RoomKind;
  readonly members: Set<ConnectedUser>;
  /** All connections of the members have the room open, as the last search has found. */
  isOpenForAll: boolean;
}

interface ConnectedUsersDependencies {
  readonly bus: Pick<Bus, 'isShared' | 'publish' | 'subscribe'>;
  readonly background: Pick<BackgroundTasks, 'run'>;
  /** Called with what other nodes report about a connected user. */
  readonly onUserMessage: (userId: UserId, message: UserMessage) => void;
  /** Called when these messages arrive from now on: earlier ones may have been missed. */
  readonly onSubscribed: (userId: UserId) => void;
}

const NO_MUTES: ReadonlyMap<RoomId, number> = new Map();

export class ConnectedUsers {
  readonly #dependencies: ConnectedUsersDependencies;
  readonly #users = new Map<UserId, ConnectedUser>();
  /** Rooms that a connected user is a member of. */
  readonly #rooms = new Map<RoomId, MemberRoom>();

  constructor(dependencies: ConnectedUsersDependencies) {
    this.#dependencies = dependencies;
  }

  get count(): number {
    return this.#users.size;
  }

  get(userId: UserId): ConnectedUser | undefined {
    return this.#users.get(userId);
  }

  ids(): Iterable<UserId> {
    return this.#users.keys();
  }

  /** Adds a connection, and its user with the first one. */
  addConnection(connection: ChatConnection, rooms: Iterable<MembershipEntry>): ConnectedUser {
    const { user } = connection;
    const connected = this.#users.get(user.id) ?? this.#addUser(user);
    connected.connections.add(connection);
    for (const room of rooms) this.#addRoom(connected, room);
    return connected;
  }

  /** Returns true for the user's last connection. The user stays until `remove`. */
  removeConnection(connection: ChatConnection): boolean {
    const connected = this.#users.get(connection.user.id);
    return connected?.connections.delete(connection) === true && connected.connections.size === 0;
  }

  remove({ user, rooms, subscription }: ConnectedUser): void {
    for (const roomId of rooms) this.#removeMember(user.id, roomId);
    this.#users.delete(user.id);
    if (subscription === undefined) return;
    this.#dependencies.background.run(subscription.then((unsubscribe) => unsubscribe()));
  }

  connectionsOf(userId: UserId): ChatConnection[] {
    return [...(this.#users.get(userId)?.connections ?? [])];
  }

  /** Records that the user became a member of the room. */
  joinedRoom(userId: UserId, room: Room): void {
    if (this.isMember(userId, room.id)) return;
    this.noteMembership(userId, room);
    this.send(userId, { kind: 'membership', room });
  }

  /** Sends something about a user to the other nodes to which the user is connected. */
  send(userId: UserId, message: UserMessage): void {
    this.#dependencies.bus.publish('user', userId, message);
  }

  /** Whether no connection of the user lacks the membership, as far as this node knows. */
  isNoted(userId: UserId, roomId: RoomId): boolean {
    const mayBeConnected = this.#dependencies.bus.isShared || this.connectionsOf(userId).length > 0;
    return !mayBeConnected || this.isMember(userId, roomId);
  }

  /** As `joinedRoom`, for what another node has reported. */
  noteMembership(userId: UserId, { id: roomId, kind }: Pick<Room, 'id' | 'kind'>): void {
    const connected = this.#users.get(userId);
    if (connected !== undefined) this.#addRoom(connected, { roomId, kind });
  }

  /** @param untilMs Undefined if the user may write again. */
  noteMute(userId: UserId, roomId: RoomId, untilMs: number | undefined): void {
    const mutes = this.#users.get(userId)?.mutes;
    if (untilMs === undefined) mutes?.delete(roomId);
    else mutes?.set(roomId, untilMs);
  }

  /** The ends of the user's mutes, as far as this node knows. */
  mutesOf(userId: UserId): ReadonlyMap<RoomId, number> {
    return this.#users.get(userId)?.mutes ?? NO_MUTES;
  }

  /** Whether the user may not write in the room, as far as this node knows. */
  isMuted(userId: UserId, roomId: RoomId, nowMs: number): boolean {
    return (this.#users.get(userId)?.mutes.get(roomId) ?? 0) > nowMs;
  }

  leftRoom(userId: UserId, roomId: RoomId): void {
    this.#users.get(userId)?.rooms.delete(roomId);
    this.#removeMember(userId, roomId);
  }

  isMember(userId: UserId, roomId: RoomId): boolean {
    return this.#users.get(userId)?.rooms.has(roomId) === true;
  }

  /** Those of these usernames, in lower case, that connected members of the room have. */
  membersNamed(roomId: RoomId, names: ReadonlySet<string>): ReadonlySet<string> {
    const found = new Set<string>();
    for (const { user } of this.#rooms.get(roomId)?.members ?? []) {
      const name = user.username.toLowerCase();
      if (names.has(name)) found.add(name);
    }
    return found;
  }

  /** The rooms that a connected user is a member of. */
  roomIdsOf(userId: UserId): Iterable<RoomId> {
    return this.#users.get(userId)?.rooms ?? [];
  }

  /** The kind of a room that a connected user is a member of. */
  kindOf(roomId: RoomId): RoomKind | undefined {
    return this.#rooms.get(roomId)?.kind;
  }

  /** The rooms that connected users are members of. */
  get memberRooms(): Pick<ReadonlyMap<RoomId, unknown>, 'has' | 'keys'> {
    return this.#rooms;
  }

  /** The connected users who are members of a room. */
  membersOf(roomId: RoomId): UserId[] {
    return [...(this.#rooms.get(roomId)?.members ?? [])].map(({ user }) => user.id);
  }

  /** Connections of a room's members that do not have it open. */
  *withoutRoom(roomId: RoomId): Generator<ChatConnection> {
    for (const { connections } of this.#rooms.get(roomId)?.members ?? []) {
      for (const connection of connections) {
        if (!connection.hasOpen(roomId)) yield connection;
      }
    }
  }

  /**
   * Whether `withoutRoom` has any. Asked for each message, so that it searches again only when a
   * member or a connection was added, or a connection has closed the room.
   */
  hasAnyWithoutRoom(roomId: RoomId): boolean {
    const room = this.#rooms.get(roomId);
    if (room === undefined || room.isOpenForAll) return false;
    const isAnyWithout = this.withoutRoom(roomId).next().done !== true;
    room.isOpenForAll = !isAnyWithout;
    return isAnyWithout;
  }

  /** Notes that a connection no longer has the room open. */
  noteClosed(roomId: RoomId): void {
    const room = this.#rooms.get(roomId);
    if (room !== undefined) room.isOpenForAll = false;
  }

  #addUser(user: User): ConnectedUser {
    const connected: ConnectedUser = {
      user,
      connections: new SmallSet(),
      rooms: new SmallSet(),
      mutes: new Map(),
      subscription: this.#subscribe(user.id),
    };
    this.#users.set(user.id, connected);
    return connected;
  }

  #subscribe(userId: UserId): Promise<Unsubscribe> | undefined {
    const { bus, background, onUserMessage, onSubscribed } = this.#dependencies;
    if (!bus.isShared) return undefined;
    const subscription = bus.subscribe('user', userId, (message) => onUserMessage(userId, message));
    background.run(subscription.then(() => onSubscribed(userId)));
    return subscription;
  }

  #addRoom(connected: ConnectedUser, { roomId, kind, mutedUntilMs }: MembershipEntry): void {
    connected.rooms.add(roomId);
    if (mutedUntilMs !== undefined) connected.mutes.set(roomId, mutedUntilMs);
    const room = this.#rooms.get(roomId) ?? { kind, members: new Set(), isOpenForAll: false };
    room.members.add(connected);
    room.isOpenForAll = false;
    this.#rooms.set(roomId, room);
  }

  #removeMember(userId: UserId, roomId: RoomId): void {
    const connected = this.#users.get(userId);
    const room = this.#rooms.get(roomId);
    if (connected === undefined || room === undefined) return;
    room.members.delete(connected);
    if (room.members.size === 0) this.#rooms.delete(roomId);
  }
}
