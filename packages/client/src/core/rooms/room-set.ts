/**
 * The open rooms of a client: joins and leaves them, and applies the server's events. How the server
 * is asked is a matter of the dialect: `rooms.ts` for the native one, `flat/flat-rooms.ts` for others.
 */
import type { ChatError, RoomId, ServerFrames } from '@parley/protocol';
import type { Settled } from '../connection/pending-requests.ts';
import { RequestRetryTimer } from '../connection/request-retry-timer.ts';
import type { Environment } from '../environment.ts';
import type { ClientStore } from '../snapshot.ts';
import { type ClosedReason, type RoomEvent, type RoomState, reduceRoom } from './room-state.ts';
import { readSequenceAtOpening } from './unread-state.ts';

export type Joined = Omit<ServerFrames['room_joined'], 'room'>;
export type JoinOutcome = Settled<Joined>;

export interface RoomsOptions {
  /** The room is live for the first time or again: its queued messages can be sent. */
  readonly onLive: (roomId: RoomId, joined: Pick<Joined, 'truncated'>) => void;
  /** The server closed the room, or did not open it. */
  readonly onClosed: (roomId: RoomId, reason: ClosedReason) => void;
}

export abstract class RoomSet {
  protected readonly store: ClientStore;
  readonly #options: RoomsOptions;
  readonly #joinRetry: RequestRetryTimer;
  /** Pending joins by id; the answer to a join that is no longer here is ignored. */
  readonly #joins = new Map<RoomId, symbol>();
  readonly #observers = new Map<RoomId, Set<(event: RoomEvent) => void>>();

  constructor(
    environment: Pick<Environment, 'setTimer' | 'random'>,
    store: ClientStore,
    options: RoomsOptions,
  ) {
    this.store = store;
    this.#options = options;
    this.#joinRetry = new RequestRetryTimer(environment, () => this.joinWaiting());
  }

  protected abstract askJoin(room: RoomState, onOutcome: (outcome: JoinOutcome) => void): void;
  /** The answer does not matter: the room is no longer shown, and its later events are dropped. */
  protected abstract askLeave(roomId: RoomId): void;

  /** Opens a room by id, now or as soon as there is a connection. Does nothing if it is open. */
  open(roomId: RoomId): void {
    const room = this.store.getSnapshot().rooms.get(roomId);
    if (room !== undefined && room.kind !== 'closed') return;
    this.put(this.create(roomId));
    this.joinWaiting();
  }

  /**
   * Closes the room on this client immediately. The membership stays. Without a
   * connection there is nothing to send.
   */
  leave(roomId: RoomId): void {
    const rooms = new Map(this.store.getSnapshot().rooms);
    const room = rooms.get(roomId);
    // A join that waits for the server opened nothing yet.
    const isOpenThere = this.#joins.has(roomId) || room?.kind === 'open';
    rooms.delete(roomId);
    this.#joins.delete(roomId);
    this.store.update({ rooms });
    if (isOpenThere) this.askLeave(roomId);
  }

  /** Sends the joins that waited for a connection or for the server. */
  joinWaiting(): void {
    const { connection, rooms } = this.store.getSnapshot();
    if (connection.kind !== 'open') return;
    for (const room of rooms.values()) {
      if (room.kind === 'joining' && !this.#joins.has(room.id)) this.#join(room);
    }
  }

  /** The connection is lost: no room is live until it has caught up. */
  suspend(): void {
    this.#joinRetry.reset();
    for (const roomId of this.store.getSnapshot().rooms.keys()) {
      this.apply(roomId, { kind: 'connection_lost' });
    }
  }

  /** The server closed the room, by an answer or because the membership ended. */
  close(roomId: RoomId, reason: ClosedReason, error?: ChatError): void {
    if (!this.store.getSnapshot().rooms.has(roomId)) return;
    this.apply(roomId, { kind: 'closed', reason, error });
    this.#options.onClosed(roomId, reason);
  }

  /** Applies an event to a held room; events of other rooms change nothing. */
  apply(roomId: RoomId, event: RoomEvent): void {
    const room = this.store.getSnapshot().rooms.get(roomId);
    if (room === undefined) return;
    this.put(this.reduce(room, event));
    for (const observer of this.#observers.get(roomId) ?? []) observer(event);
  }

  /** Reports the events of a room after they were applied. Returns a function that ends it. */
  observe(roomId: RoomId, observer: (event: RoomEvent) => void): () => void {
    const observers = this.#observers.get(roomId) ?? new Set();
    this.#observers.set(roomId, observers.add(observer));
    return () => {
      observers.delete(observer);
      if (observers.size === 0) this.#observers.delete(roomId);
    };
  }

  #join(room: RoomState): void {
    const { id: roomId } = room;
    const ticket = Symbol(roomId);
    this.#joins.set(roomId, ticket);
    this.askJoin(room, (outcome) => {
      // Meanwhile left, and perhaps joined again: the server receives the frames in this
      // order.
      if (this.#joins.get(roomId) !== ticket) return;
      this.#joins.delete(roomId);
      if (outcome.kind === 'answered') this.onJoined(outcome.payload);
      else if (outcome.kind === 'refused') this.#onRejected(roomId, outcome.error);
    });
  }

  /** The server opened a room. */
  onJoined(joined: Joined): void {
    const { roomId, roomName } = joined;
    const isHeld = this.store.getSnapshot().rooms.has(roomId);
    if (!isHeld) this.put(this.create(roomId));
    const reported = this.store.getSnapshot().unread.get(roomId);
    this.apply(roomId, {
      kind: 'snapshot',
      name: roomName,
      snapshot: joined,
      isCatchUp: false,
      readSequence: readSequenceAtOpening(reported, joined),
    });
    const rooms = [...this.store.getSnapshot().rooms.values()];
    if (rooms.every(({ kind }) => kind !== 'joining')) this.#joinRetry.reset();
    this.#options.onLive(roomId, joined);
  }

  #onRejected(roomId: RoomId, error: ChatError): void {
    if (error.isRetryable) this.#joinRetry.schedule(error);
    else this.close(roomId, error.code, error);
  }

  protected create(id: RoomId): RoomState {
    return { kind: 'joining', id };
  }

  protected reduce(room: RoomState, event: RoomEvent): RoomState {
    return reduceRoom(room, event);
  }

  protected put(room: RoomState): void {
    const rooms = this.store.getSnapshot().rooms;
    if (rooms.get(room.id) === room) return;
    this.store.update({ rooms: new Map(rooms).set(room.id, room) });
  }
}
