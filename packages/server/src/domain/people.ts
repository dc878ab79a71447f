/**
 * The people who are connected to this node, and their presence. A person with
 * several connections is one presence; a short loss is not told as offline.
 */
import type { RoomId, UserId } from '@parley/protocol';
import type { AccountStore } from '../ports/account-store.ts';
import type { Member } from '../ports/chat-event.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { User } from '../ports/model.ts';
import type { Background } from './background.ts';
import type { ChatConnection } from './connection.ts';
import type { RoomStreams } from './room-streams.ts';
import { tell } from './tell.ts';
import { TokenBucket } from './token-bucket.ts';

interface Person {
  readonly user: User;
  readonly connections: Set<ChatConnection>;
  /** Rooms that the person is a member of: those who have one open hear of their presence. */
  readonly rooms: Set<RoomId>;
  lastSeenAtMs: number;
  isTold: boolean;
  grace: Timer | undefined;
  /** How many rooms the person may still make. */
  readonly roomCreations: TokenBucket;
}

/** Rooms that one person may make: plenty for a person, not for a program that fills the list (CA-084). */
const ROOM_CREATIONS = { capacity: 60, windowMs: 60 * 60 * 1000 };

export class People {
  readonly #people = new Map<UserId, Person>();
  readonly #streams: RoomStreams;
  readonly #accounts: AccountStore;
  readonly #clock: Clock;
  readonly #background: Background;
  readonly #graceMs: number;

  constructor(parts: {
    readonly streams: RoomStreams;
    readonly accounts: AccountStore;
    readonly clock: Clock;
    readonly background: Background;
    readonly graceMs: number;
  }) {
    this.#streams = parts.streams;
    this.#accounts = parts.accounts;
    this.#clock = parts.clock;
    this.#background = parts.background;
    this.#graceMs = parts.graceMs;
  }

  get count(): number {
    return this.#people.size;
  }

  /** A connection opens. Those who share a room are told when it is the person's first. */
  enter(connection: ChatConnection, rooms: Iterable<RoomId>): void {
    const { user } = connection;
    const person = this.#people.get(user.id) ?? {
      user,
      connections: new Set(),
      rooms: new Set(),
      lastSeenAtMs: this.#clock.nowMs(),
      isTold: false,
      grace: undefined,
      roomCreations: new TokenBucket(ROOM_CREATIONS, this.#clock.monotonicMs()),
    };
    this.#people.set(user.id, person);
    person.grace?.cancel();
    person.grace = undefined;
    person.connections.add(connection);
    for (const roomId of rooms) person.rooms.add(roomId);
    this.noteActivity(connection);
    if (person.isTold) return;
    person.isTold = true;
    this.#tellPresence(person);
  }

  /** A connection ends: at once for a leave on purpose, after the grace for a loss. */
  leave(connection: ChatConnection, how: { readonly onPurpose: boolean }): void {
    const person = this.#people.get(connection.user.id);
    if (person === undefined || !person.connections.delete(connection)) return;
    if (person.connections.size > 0) return;
    person.lastSeenAtMs = this.#clock.nowMs();
    if (how.onPurpose) this.#goOffline(person);
    else person.grace = this.#clock.schedule(this.#graceMs, () => this.#goOffline(person));
  }

  joinedRoom(connection: ChatConnection, roomId: RoomId): void {
    this.#people.get(connection.user.id)?.rooms.add(roomId);
  }

  leftRoom(userId: UserId, roomId: RoomId): void {
    this.#people.get(userId)?.rooms.delete(roomId);
  }

  /** Takes one room from the person's allowance: 0, or the milliseconds until there is one. */
  takeRoomCreation(connection: ChatConnection): number {
    const person = this.#people.get(connection.user.id);
    return person?.roomCreations.take(this.#clock.monotonicMs()) ?? 0;
  }

  noteActivity(connection: ChatConnection): void {
    const person = this.#people.get(connection.user.id);
    if (person !== undefined) person.lastSeenAtMs = this.#clock.nowMs();
  }

  /** Those of the ids who are here, with their presence. */
  members(ids: Iterable<UserId>): Member[] {
    return [...ids].flatMap((id) => {
      const person = this.#people.get(id);
      return person === undefined ? [] : [toMember(person)];
    });
  }

  close(): void {
    for (const person of this.#people.values()) person.grace?.cancel();
  }

  #goOffline(person: Person): void {
    this.#people.delete(person.user.id);
    this.#tellPresence(person);
    this.#background.run(this.#accounts.setLastSeen(person.user.id, person.lastSeenAtMs));
  }

  #tellPresence(person: Person): void {
    const others = new Set<ChatConnection>();
    for (const roomId of person.rooms) {
      for (const connection of this.#streams.get(roomId)?.connections() ?? []) {
        if (connection.user.id !== person.user.id) others.add(connection);
      }
    }
    tell({ kind: 'presence', member: toMember(person) }, others);
  }
}

function toMember({ user, connections, lastSeenAtMs }: Person): Member {
  return {
    userId: user.id,
    username: user.username,
    status: connections.size > 0 ? 'online' : 'offline',
    lastSeenAtMs,
  };
}
