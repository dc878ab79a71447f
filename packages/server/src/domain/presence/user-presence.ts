/**
 * The users who are connected to this node, and their presence. A user with several connections has
 * one presence; a short disconnection does not show as offline.
 */

import type { RoomId, RoomKind, UserId } from '@parley/protocol';
import type { PresenceRecord, UserMessage } from '../../model/bus-message.ts';
import type { Member } from '../../model/client-event.ts';
import type { Room } from '../../model/room.ts';
import type { MembershipEntry } from '../../model/room-member.ts';
import type { User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import { type RecordChange, ReplicatedMap } from '../delivery/replicated-map.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { isDirectOrGroup } from '../direct/auto-subscribed-kinds.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { SmallSet } from '../primitives/small-set.ts';
import { Throttle } from '../primitives/throttle.ts';
import type { DomainSettings } from '../settings.ts';

export interface ChosenPresence {
  readonly status: 'online' | 'away' | 'busy';
  readonly statusText: string | undefined;
}

interface ConnectedUser {
  readonly user: User;
  readonly connections: SmallSet<ChatConnection>;
  /**
   * Rooms that the user is a member of: users who have one of them open see the user's presence.
   */
  readonly rooms: SmallSet<RoomId>;
  /** The users whom this user has blocked. */
  readonly blocked: Set<UserId>;
  lastSeenAtMs: number;
  presence: ChosenPresence;
  /** When the user chose the presence. */
  chosenAtMs: number;
  isAnnounced: boolean;
  /** Receives what other nodes send about the user. */
  subscription: Promise<Unsubscribe> | undefined;
  grace: Timer | undefined;
}

interface MemberRoom {
  readonly kind: RoomKind;
  readonly members: Set<ConnectedUser>;
}

const ONLINE: ChosenPresence = { status: 'online', statusText: undefined };
/** Minimum interval between two presence updates of a user. */
const PRESENCE_INTERVAL_MS = 1000;
/** Time limit for saving last-seen times at shutdown: they are not worth a longer wait. */
const SAVING_MS_MAX = 2000;
const SAVED_AT_ONCE = 100;

export class UserPresence {
  readonly #people = new Map<UserId, ConnectedUser>();
  /** Rooms that a connected user is a member of. */
  readonly #rooms = new Map<RoomId, MemberRoom>();
  #blockChanges = 0;
  readonly #streams: RoomStreamRegistry;
  readonly #accounts: AccountStore;
  readonly #clock: Clock;
  readonly #background: BackgroundTasks;
  readonly #settings: Pick<DomainSettings, 'presenceGraceMs' | 'largeRoomPeople'>;
  readonly #throttle: Throttle;
  readonly #bus: Bus;
  readonly #onUserMessage: (userId: UserId, message: UserMessage) => void;
  readonly #onSubscribed: (userId: UserId) => void;
  readonly #memberships: Pick<RoomStore, 'listMemberships'>;
  /** The users who are connected to other nodes. */
  readonly #elsewhere: ReplicatedMap<PresenceRecord>;
  #unsubscribe: Unsubscribe | undefined;

  constructor(dependencies: {
    readonly streams: RoomStreamRegistry;
    readonly accounts: AccountStore;
    readonly memberships: Pick<RoomStore, 'listMemberships'>;
    readonly bus: Bus;
    /** Called when a membership of a connected user has begun or ended on another node. */
    readonly onUserMessage: (userId: UserId, message: UserMessage) => void;
    /** Called when these messages arrive from now on: earlier ones may have been missed. */
    readonly onSubscribed: (userId: UserId) => void;
    readonly clock: Clock;
    readonly background: BackgroundTasks;
    readonly settings: Pick<DomainSettings, 'presenceGraceMs' | 'largeRoomPeople'>;
  }) {
    this.#streams = dependencies.streams;
    this.#accounts = dependencies.accounts;
    this.#clock = dependencies.clock;
    this.#background = dependencies.background;
    this.#settings = dependencies.settings;
    this.#throttle = new Throttle(dependencies.clock, PRESENCE_INTERVAL_MS);
    this.#memberships = dependencies.memberships;
    const { bus, clock } = dependencies;
    this.#bus = bus;
    this.#onUserMessage = dependencies.onUserMessage;
    this.#onSubscribed = dependencies.onSubscribed;
    this.#elsewhere = new ReplicatedMap({
      bus,
      clock,
      publish: (change) => bus.publish('nodes', 'all', { kind: 'presence', change }),
      onChange: (change) => this.#noteElsewhere(change),
    });
  }

  /** Starts to exchange presence with the other nodes. */
  async begin(): Promise<void> {
    if (!this.#bus.isShared) return;
    this.#unsubscribe = await this.#bus.subscribe('nodes', 'all', (message, from) => {
      if (message.kind === 'presence') this.#elsewhere.receive(message.change, from);
    });
    this.#elsewhere.askAll();
  }

  /** Repeats to the other nodes that the users of this one are still connected. */
  renew(): void {
    this.#elsewhere.renew();
  }

  /** Asks the other nodes for their users, as after a time without the bus. */
  askOthers(): void {
    this.#elsewhere.renewLeases();
    this.#elsewhere.askAll();
  }

  get count(): number {
    return this.#people.size;
  }

  /**
   * Adds a connection. Users who share a room see the user as online from the first connection on.
   */
  enter(
    connection: ChatConnection,
    rooms: Iterable<MembershipEntry>,
    blocked: Iterable<UserId> = [],
  ): void {
    const { user } = connection;
    const person = this.#people.get(user.id) ?? {
      user,
      connections: new SmallSet(),
      rooms: new SmallSet(),
      blocked: new Set(blocked),
      lastSeenAtMs: this.#clock.nowMs(),
      presence: ONLINE,
      chosenAtMs: 0,
      isAnnounced: false,
      subscription: undefined,
      grace: undefined,
    };
    this.#people.set(user.id, person);
    person.grace?.cancel();
    person.grace = undefined;
    person.connections.add(connection);
    for (const room of rooms) this.#addRoom(person, room);
    this.noteActivity(connection);
    if (person.isAnnounced) return;
    person.isAnnounced = true;
    this.#subscribe(person);
    const elsewhere = latest(this.#elsewhere.of(user.id));
    if (elsewhere !== undefined) adopt(person, elsewhere);
    this.#report(person);
    if (elsewhere === undefined) this.#broadcastPresence(person);
  }

  /** Sets the user's presence and sends it to the users who share a room. */
  setPresence(connection: ChatConnection, presence: ChosenPresence): Member | undefined {
    const person = this.#people.get(connection.user.id);
    if (person === undefined) return undefined;
    person.presence = presence;
    person.chosenAtMs = this.#clock.nowMs();
    this.#report(person);
    this.#throttle.run(person.user.id, () => this.#broadcastPresence(person));
    return toMember(person);
  }

  /**
   * Removes a connection. The user goes offline at once on a deliberate leave, after the grace
   * period on a loss.
   */
  leave(connection: ChatConnection, how: { readonly onPurpose: boolean }): void {
    const person = this.#people.get(connection.user.id);
    if (person === undefined || !person.connections.delete(connection)) return;
    if (person.connections.size > 0) return;
    person.lastSeenAtMs = this.#clock.nowMs();
    if (how.onPurpose) this.#goOffline(person);
    else
      person.grace = this.#clock.schedule(this.#settings.presenceGraceMs, () =>
        this.#goOffline(person),
      );
  }

  /** Records that the user became a member of the room. */
  joinedRoom(userId: UserId, room: Room): void {
    if (this.isMember(userId, room.id)) return;
    this.noteMembership(userId, room);
    this.#bus.publish('user', userId, { kind: 'membership', room });
  }

  /** As `joinedRoom`, for what another node has reported. */
  noteMembership(userId: UserId, { id: roomId, kind }: Pick<Room, 'id' | 'kind'>): void {
    const person = this.#people.get(userId);
    if (person !== undefined) this.#addRoom(person, { roomId, kind });
  }

  leftRoom(userId: UserId, roomId: RoomId): void {
    const person = this.#people.get(userId);
    if (person !== undefined) this.#removeRoom(person, roomId);
  }

  /** Records a block or its removal: each of the two users sees the change at once. */
  setBlocked(userId: UserId, otherId: UserId, isBlocked: boolean): void {
    this.#blockChanges += 1;
    const person = this.#people.get(userId);
    if (isBlocked) person?.blocked.add(otherId);
    else person?.blocked.delete(otherId);
    if (person?.isAnnounced === true) this.#report(person);
    const other = this.#people.get(otherId);
    if (person === undefined || other === undefined) return;
    this.#broadcastPresence(person, other);
    this.#broadcastPresence(other, person);
  }

  /** Increases with every block that is set or removed: blocks read before may be outdated. */
  get blockChanges(): number {
    return this.#blockChanges;
  }

  /** Whether there is a block between two users; at least the blocking user is connected. */
  isHidden(one: UserId, other: UserId): boolean {
    return this.#hasBlocked(one, other) || this.#hasBlocked(other, one);
  }

  connectionsOf(userId: UserId): ChatConnection[] {
    return [...(this.#people.get(userId)?.connections ?? [])];
  }

  /** The users who are connected to this node. */
  userIds(): Iterable<UserId> {
    return this.#people.keys();
  }

  /** The rooms that a connected user is a member of. */
  roomIdsOf(userId: UserId): Iterable<RoomId> {
    return this.#people.get(userId)?.rooms ?? [];
  }

  isMember(userId: UserId, roomId: RoomId): boolean {
    return this.#people.get(userId)?.rooms.has(roomId) === true;
  }

  /** The kind of a room that a connected user is a member of. */
  kindOf(roomId: RoomId): RoomKind | undefined {
    return this.#rooms.get(roomId)?.kind;
  }

  /** The rooms that connected users are members of. */
  get memberRooms(): Pick<ReadonlyMap<RoomId, unknown>, 'has' | 'keys'> {
    return this.#rooms;
  }

  /** Connections of a room's members that do not have it open. */
  *withoutRoom(roomId: RoomId): Generator<ChatConnection, undefined> {
    for (const { connections } of this.#rooms.get(roomId)?.members ?? []) {
      for (const connection of connections) {
        if (!connection.hasOpen(roomId)) yield connection;
      }
    }
  }

  noteActivity(connection: ChatConnection): void {
    const person = this.#people.get(connection.user.id);
    if (person !== undefined) person.lastSeenAtMs = this.#clock.nowMs();
  }

  /** The connected users among the ids, with their presence as the viewer may see it. */
  members(ids: Iterable<UserId>, viewerId?: UserId): Member[] {
    return [...ids].flatMap((id) => {
      const member = this.#memberOf(id);
      if (member === undefined) return [];
      const isHidden = viewerId !== undefined && this.isHidden(id, viewerId);
      return [isHidden ? withoutPresence(member) : member];
    });
  }

  /** These users with their presence; offline users as last seen. */
  describe(users: readonly User[]): Promise<Member[]> {
    return Promise.all(
      users.map(async ({ id: userId, username }) => {
        const member = this.#memberOf(userId);
        if (member !== undefined) return member;
        const lastSeenAtMs = await this.#accounts.findLastSeen(userId);
        return { userId, username, status: 'offline', lastSeenAtMs, statusText: undefined };
      }),
    );
  }

  /** Last-seen times are in memory only: they are saved as far as time allows. */
  close(): void {
    this.#unsubscribe?.();
    this.#throttle.close();
    for (const person of this.#people.values()) person.grace?.cancel();
    this.#background.run(this.#saveLastSeen([...this.#people.values()]));
  }

  async #saveLastSeen(people: readonly ConnectedUser[]): Promise<void> {
    const endsAtMs = this.#clock.monotonicMs() + SAVING_MS_MAX;
    for (let first = 0; first < people.length; first += SAVED_AT_ONCE) {
      if (this.#clock.monotonicMs() >= endsAtMs) return;
      const some = people.slice(first, first + SAVED_AT_ONCE);
      await Promise.all(
        some.map(({ user, lastSeenAtMs }) => this.#accounts.setLastSeen(user.id, lastSeenAtMs)),
      );
    }
  }

  #goOffline(person: ConnectedUser): void {
    this.#people.delete(person.user.id);
    for (const roomId of person.rooms) this.#forgetMember(person, roomId);
    this.#elsewhere.set(person.user.id, undefined);
    const { subscription } = person;
    if (subscription !== undefined) {
      this.#background.run(subscription.then((unsubscribe) => unsubscribe()));
    }
    if (!this.#elsewhere.has(person.user.id)) this.#broadcastPresence(person);
    this.#background.run(this.#accounts.setLastSeen(person.user.id, person.lastSeenAtMs));
  }

  #addRoom(person: ConnectedUser, { roomId, kind }: MembershipEntry): void {
    person.rooms.add(roomId);
    const room = this.#rooms.get(roomId) ?? { kind, members: new Set() };
    room.members.add(person);
    this.#rooms.set(roomId, room);
  }

  #removeRoom(person: ConnectedUser, roomId: RoomId): void {
    person.rooms.delete(roomId);
    this.#forgetMember(person, roomId);
  }

  #forgetMember(person: ConnectedUser, roomId: RoomId): void {
    const room = this.#rooms.get(roomId);
    room?.members.delete(person);
    if (room?.members.size === 0) this.#rooms.delete(roomId);
  }

  /** Sends the presence to users who share an open room. */
  #broadcastPresence(person: ConnectedUser, only?: ConnectedUser): void {
    this.#broadcast(toMember(person), person.rooms, only?.user.id);
  }

  /** With `only`, sends it to that user alone, even if there is a block. */
  #broadcast(member: Member, rooms: Iterable<RoomId>, only?: UserId): void {
    const others = new Set<ChatConnection>();
    for (const roomId of rooms) {
      const stream = this.#streams.get(roomId);
      if (stream === undefined) continue;
      // Presence in a large room would be quadratic, and of little use.
      const isLarge = stream.participants.count > this.#settings.largeRoomPeople;
      if (isLarge && !isDirectOrGroup(stream.room)) continue;
      for (const connection of stream.connections()) {
        if (this.#isRecipient(member.userId, connection.user.id, only)) others.add(connection);
      }
    }
    const isHidden = only !== undefined && this.isHidden(member.userId, only);
    broadcast({ kind: 'presence', member: isHidden ? withoutPresence(member) : member }, others);
  }

  #isRecipient(aboutId: UserId, userId: UserId, only: UserId | undefined): boolean {
    if (only !== undefined) return userId === only;
    return userId !== aboutId && !this.isHidden(aboutId, userId);
  }

  #hasBlocked(one: UserId, other: UserId): boolean {
    const person = this.#people.get(one);
    if (person !== undefined) return person.blocked.has(other);
    return this.#elsewhere.of(one).some(({ blockedIds }) => blockedIds.includes(other));
  }

  /** A connected user, whichever node the connections are on. */
  #memberOf(userId: UserId): Member | undefined {
    const person = this.#people.get(userId);
    if (person !== undefined && person.connections.size > 0) return toMember(person);
    const elsewhere = latest(this.#elsewhere.of(userId));
    if (elsewhere !== undefined) return fromRecord(userId, elsewhere);
    return person && toMember(person);
  }

  #subscribe(person: ConnectedUser): void {
    if (!this.#bus.isShared) return;
    const { id } = person.user;
    person.subscription = this.#bus.subscribe('user', id, (message) =>
      this.#onUserMessage(id, message),
    );
    this.#background.run(person.subscription.then(() => this.#onSubscribed(id)));
  }

  #report({ user, presence, chosenAtMs, lastSeenAtMs, blocked }: ConnectedUser): void {
    if (!this.#bus.isShared) return;
    const { username } = user;
    const blockedIds = [...blocked];
    const record = { username, ...presence, chosenAtMs, lastSeenAtMs, blockedIds };
    this.#elsewhere.set(user.id, record);
  }

  #noteElsewhere({ key, before, after }: RecordChange<PresenceRecord>): void {
    const userId = key as UserId; // Keys of these records are ids of users.
    const person = this.#people.get(userId);
    if (person !== undefined && after !== undefined && after.chosenAtMs > person.chosenAtMs) {
      adopt(person, after);
      this.#report(person);
    }
    for (const otherId of changedBlocks(before, after)) this.#showBlock(userId, otherId);
    if (isSamePresence(before, after)) return;
    const isConnectedHere = person !== undefined && person.connections.size > 0;
    // Connecting or disconnecting one of several connections changes nothing.
    const isStillOnline = isConnectedHere || this.#elsewhere.of(key).length > (after ? 1 : 0);
    if (isStillOnline && (before === undefined || after === undefined)) return;
    const record = after ?? before;
    if (record === undefined) return;
    const member = fromRecord(userId, record);
    const shown: Member = after === undefined ? { ...member, status: 'offline' } : member;
    this.#background.run(this.#broadcastElsewhere(shown));
  }

  async #broadcastElsewhere(member: Member): Promise<void> {
    const { userId } = member;
    const known = this.#people.get(userId)?.rooms;
    const rooms =
      known ??
      (await this.#memberships.listMemberships(userId, MEMBERSHIPS_MAX)).map(
        ({ roomId }) => roomId,
      );
    this.#broadcast(member, rooms);
  }

  /** After a block between a user of another node and one of this node was set or removed. */
  #showBlock(userId: UserId, otherId: UserId): void {
    const other = this.#people.get(otherId);
    const member = this.#memberOf(userId);
    if (other !== undefined && member !== undefined) {
      this.#broadcast(member, other.rooms, otherId);
    }
  }
}

/** Maximum number of a user's rooms whose users see the presence; the latest active ones. */
const MEMBERSHIPS_MAX = 10_000;

function adopt(person: ConnectedUser, record: PresenceRecord): void {
  const { status, statusText, chosenAtMs } = record;
  person.presence = { status, statusText };
  person.chosenAtMs = chosenAtMs;
}

/** The record with the latest choice of the user. */
function latest(records: readonly PresenceRecord[]): PresenceRecord | undefined {
  let found: PresenceRecord | undefined;
  for (const record of records) {
    if (found === undefined || record.chosenAtMs > found.chosenAtMs) found = record;
  }
  return found;
}

function isSamePresence(one: PresenceRecord | undefined, other: PresenceRecord | undefined) {
  return one?.status === other?.status && one?.statusText === other?.statusText;
}

function changedBlocks(
  before: PresenceRecord | undefined,
  after: PresenceRecord | undefined,
): UserId[] {
  if (before === undefined || after === undefined) return [];
  const [former, present] = [new Set(before.blockedIds), new Set(after.blockedIds)];
  return [...former, ...present].filter((id) => former.has(id) !== present.has(id));
}

function fromRecord(userId: UserId, record: PresenceRecord): Member {
  const { username, status, statusText, lastSeenAtMs } = record;
  return { userId, username, status, lastSeenAtMs, statusText };
}

/** A user as a block shows them to the other: never seen. */
export function withoutPresence({ userId, username }: Member): Member {
  return { userId, username, status: 'offline', lastSeenAtMs: undefined, statusText: undefined };
}

function toMember({ user, connections, lastSeenAtMs, presence }: ConnectedUser): Member {
  return {
    userId: user.id,
    username: user.username,
    status: connections.size > 0 ? presence.status : 'offline',
    lastSeenAtMs,
    statusText: presence.statusText,
  };
}
