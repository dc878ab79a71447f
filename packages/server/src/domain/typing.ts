/**
 * Who is typing where. Kept by connection, shown by person, never stored. A start
 * that nobody renews ends by itself.
 */
import type { ConnectionId, RoomId, UserId } from '@parley/protocol';
import type { Clock, Timer } from '../ports/clock.ts';
import type { ChatConnection } from './connection.ts';
import type { RoomStream } from './room-stream.ts';
import { tell } from './tell.ts';

interface Typist {
  readonly connection: ChatConnection;
  readonly stream: RoomStream;
  expiry: Timer;
  /** When the others last heard that this person is typing. */
  toldAtMs: number;
}

/** At most one start a second and person is let through (CA-131). */
const START_INTERVAL_MS = 1000;
/** Typists of one room of whom others hear: more nobody reads, and their notices would be quadratic. */
const TYPISTS_MAX = 20;

export class Typing {
  readonly #typists = new Map<RoomId, Map<ConnectionId, Typist>>();
  readonly #lastStartAtMs = new Map<UserId, number>();
  readonly #clock: Clock;
  readonly #timeoutMs: number;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  start(connection: ChatConnection, stream: RoomStream): void {
    const nowMs = this.#clock.monotonicMs();
    const expiry = (): Timer =>
      this.#clock.schedule(this.#timeoutMs, () => this.stop(connection, stream));
    const typist = this.#typists.get(stream.room.id)?.get(connection.id);
    if (typist !== undefined) {
      typist.expiry.cancel();
      typist.expiry = expiry();
      // Receivers forget a typist of whom they hear nothing: renewed while it goes on.
      if (nowMs - typist.toldAtMs < this.#timeoutMs) return;
      typist.toldAtMs = nowMs;
      this.#tell(typist, true);
      return;
    }
    const { id: userId } = connection.user;
    if (nowMs - (this.#lastStartAtMs.get(userId) ?? -START_INTERVAL_MS) < START_INTERVAL_MS) return;
    if ((this.#typists.get(stream.room.id)?.size ?? 0) >= TYPISTS_MAX) return;
    this.#lastStartAtMs.set(userId, nowMs);
    const isShown = this.#isTyping(stream.room.id, userId);
    const started: Typist = { connection, stream, expiry: expiry(), toldAtMs: nowMs };
    this.#inRoom(stream.room.id).set(connection.id, started);
    if (!isShown) this.#tell(started, true);
  }

  stop(connection: ChatConnection, { room }: RoomStream): void {
    const { id: roomId } = room;
    const typists = this.#typists.get(roomId);
    const typist = typists?.get(connection.id);
    if (typists === undefined || typist === undefined) return;
    typist.expiry.cancel();
    typists.delete(connection.id);
    if (typists.size === 0) this.#typists.delete(roomId);
    if (!this.#isTyping(roomId, connection.user.id)) this.#tell(typist, false);
  }

  /** Tells one who has just come who is typing. */
  tellCurrent(connection: ChatConnection, { room }: RoomStream): void {
    const people = new Map<UserId, Typist>();
    for (const typist of this.#typists.get(room.id)?.values() ?? []) {
      people.set(typist.connection.user.id, typist);
    }
    people.delete(connection.user.id);
    for (const typist of people.values()) tell(toEvent(typist, true), [connection]);
  }

  /** Nothing of a person who has gone is kept. */
  forget({ user }: ChatConnection): void {
    this.#lastStartAtMs.delete(user.id);
  }

  close(): void {
    for (const typists of this.#typists.values()) {
      for (const typist of typists.values()) typist.expiry.cancel();
    }
    this.#typists.clear();
  }

  #inRoom(roomId: RoomId): Map<ConnectionId, Typist> {
    const typists = this.#typists.get(roomId) ?? new Map<ConnectionId, Typist>();
    this.#typists.set(roomId, typists);
    return typists;
  }

  #isTyping(roomId: RoomId, userId: UserId): boolean {
    for (const { connection } of this.#typists.get(roomId)?.values() ?? []) {
      if (connection.user.id === userId) return true;
    }
    return false;
  }

  #tell(typist: Typist, isTyping: boolean): void {
    const others = [...typist.stream.connections()].filter(
      (connection) => connection.user.id !== typist.connection.user.id,
    );
    tell(toEvent(typist, isTyping), others);
  }
}

function toEvent({ connection, stream }: Typist, isTyping: boolean) {
  const { id: userId, username } = connection.user;
  return { kind: 'typing', roomId: stream.room.id, userId, username, isTyping } as const;
}
