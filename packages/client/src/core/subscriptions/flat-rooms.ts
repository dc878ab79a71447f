/** The wanted rooms: joined as soon as there is a connection, and again after each loss. */
import type { ChatError, RoomId } from '@parley/protocol';
import type { PendingRequests } from '../connection/pending-requests.ts';
import { RequestRetryTimer } from '../connection/request-retry-timer.ts';
import type { Environment } from '../environment.ts';
import type { Cell } from '../store.ts';
import { type AnyFlatDialect, type JoinState, requestKey, type SendFrame } from './flat-dialect.ts';
import { applyJoinState, EMPTY_LOG, joinPositionOf, logAt } from './flat-room-log.ts';
import { type FlatRoom, newRoom } from './flat-room-state.ts';

type RoomMap = ReadonlyMap<RoomId, FlatRoom>;

export interface FlatRoomsDependencies {
  readonly dialect: AnyFlatDialect;
  readonly rooms: Cell<RoomMap>;
  readonly requests: PendingRequests;
  readonly send: SendFrame;
  /**
   * Everything missed has arrived, or is fetched (`truncated`): queued messages of the
   * room can be sent.
   */
  readonly onLive: (roomId: RoomId, joinState: JoinState) => void;
  /** The server did not open the room, or closed it. */
  readonly onRefused: (roomId: RoomId, error: ChatError) => void;
}

export class FlatRooms {
  readonly #dependencies: FlatRoomsDependencies;
  readonly #retry: RequestRetryTimer;
  #isConnected = false;
  /** Pending joins; the answer to a join that is no longer here is ignored. */
  readonly #joins = new Map<RoomId, symbol>();

  constructor(
    environment: Pick<Environment, 'setTimer' | 'random'>,
    dependencies: FlatRoomsDependencies,
  ) {
    this.#dependencies = dependencies;
    this.#retry = new RequestRetryTimer(environment, () => this.#joinWaiting());
  }

  get count(): number {
    return this.#dependencies.rooms.get().size;
  }

  get(roomId: RoomId): FlatRoom | undefined {
    return this.#dependencies.rooms.get().get(roomId);
  }

  /**
   * Adds the room; a rejected room is tried again.
   *
   * @param position Position of the catch-up; undefined to start at the head.
   */
  open(roomId: RoomId, position?: number): void {
    const log = position === undefined ? EMPTY_LOG : logAt(position);
    const room = this.get(roomId) ?? { ...newRoom(roomId), log };
    if (this.get(roomId) !== undefined && !room.isClosed) return;
    this.#put({ ...room, isClosed: false, error: undefined });
    this.#joinWaiting();
  }

  /** Leaves and forgets the room. */
  close(roomId: RoomId): void {
    const room = this.get(roomId);
    if (room === undefined) return;
    const rooms = new Map(this.#dependencies.rooms.get());
    rooms.delete(roomId);
    this.#dependencies.rooms.set(rooms);
    // A pending join is left when it is answered, unless the room is wanted again by then.
    if (room.isLive) this.#leave(roomId);
  }

  /** Changes a room if it is held. */
  change(roomId: RoomId, change: (room: FlatRoom) => Partial<FlatRoom>): void {
    const room = this.get(roomId);
    if (room !== undefined) this.#put({ ...room, ...change(room) });
  }

  /** A connection was established; no room is joined on it yet. */
  connected(): void {
    this.#isConnected = true;
    // A conversation may have got its first message meanwhile.
    for (const { id, error } of this.#dependencies.rooms.get().values()) {
      if (error?.code === 'NOT_FOUND') this.change(id, () => ({ isClosed: false }));
    }
    this.#joinWaiting();
  }

  /** The connection is lost: no room is live, and its people are unknown. */
  disconnected(): void {
    this.#isConnected = false;
    this.#retry.reset();
    this.#joins.clear();
    for (const { id, isLive } of this.#dependencies.rooms.get().values()) {
      if (isLive) this.change(id, () => ({ isLive: false, members: new Map() }));
    }
  }

  /** Access has ended: no more events arrive. */
  refuse(roomId: RoomId, error: ChatError): void {
    if (this.get(roomId) === undefined) return;
    this.#joins.delete(roomId);
    this.change(roomId, () => ({ isLive: false, isClosed: true, error, members: new Map() }));
    this.#dependencies.onRefused(roomId, error);
  }

  #joinWaiting(): void {
    if (!this.#isConnected) return;
    for (const room of this.#dependencies.rooms.get().values()) {
      if (isWaiting(room) && !this.#joins.has(room.id)) this.#join(room.id);
    }
  }

  #join(roomId: RoomId): void {
    const room = this.get(roomId);
    if (room === undefined) return;
    const { dialect, requests, send } = this.#dependencies;
    const ticket = Symbol(roomId);
    this.#joins.set(roomId, ticket);
    const frame = dialect.join(roomId, joinPositionOf(room.log));
    requests.ask(
      requestKey('join', roomId),
      () => send(frame),
      (settled) => {
        // Meanwhile closed by the server, or the connection was lost.
        if (this.#joins.get(roomId) !== ticket) return;
        this.#joins.delete(roomId);
        if (this.get(roomId) === undefined) this.#leave(roomId);
        else if (settled.kind === 'answered')
          this.#onJoinState(roomId, settled.payload as JoinState);
        else if (settled.kind === 'refused') this.#onRejected(roomId, settled.error);
      },
    );
  }

  #leave(roomId: RoomId): void {
    const { dialect, send } = this.#dependencies;
    send(dialect.leave(roomId));
  }

  #onJoinState(roomId: RoomId, joinState: JoinState): void {
    this.change(roomId, ({ log }) => ({
      isLive: true,
      error: undefined,
      membership: 'joined',
      log: applyJoinState(log, joinState),
    }));
    if (![...this.#dependencies.rooms.get().values()].some(isWaiting)) this.#retry.reset();
    this.#dependencies.onLive(roomId, joinState);
  }

  #onRejected(roomId: RoomId, error: ChatError): void {
    if (error.isRetryable) this.#retry.schedule(error);
    else this.refuse(roomId, error);
  }

  #put(room: FlatRoom): void {
    this.#dependencies.rooms.set(new Map(this.#dependencies.rooms.get()).set(room.id, room));
  }
}

function isWaiting({ isLive, isClosed }: FlatRoom): boolean {
  return !isLive && !isClosed;
}
