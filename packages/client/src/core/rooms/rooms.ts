/**
 * The open rooms of this client: joins, leaves, loads older pages, and applies the
 * server's events. `room-state.ts` reduces events; `resume.ts` fetches what was missed.
 */
import {
  ChatError,
  CORE_LIMITS,
  type MemberPayload,
  type RoomId,
  type RoomSnapshot,
  type ServerFrames,
} from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import { RequestRetryTimer } from '../connection/request-retry-timer.ts';
import type { Environment } from '../environment.ts';
import { toMessage } from '../messages/message.ts';
import { MESSAGES_PER_ROOM_MAX } from '../messages/message-window.ts';
import type { ClientStore } from '../snapshot.ts';
import { readSequenceAtOpening } from '../unread/unread-state.ts';
import { updatePresence } from './presence-state.ts';
import type { ResumePosition, RoomLog } from './room-log.ts';
import { type ClosedReason, type RoomEvent, type RoomState, reduceRoom } from './room-state.ts';

interface RoomsOptions {
  /** The room is live for the first time or again: its queued messages can be sent. */
  readonly onLive: (roomId: RoomId, joined: Pick<RoomSnapshot, 'truncated'>) => void;
  /** The server closed the room, or did not open it. */
  readonly onClosed: (roomId: RoomId, reason: ClosedReason) => void;
}

type Requests = Pick<RequestCorrelator, 'ask'>;

/** Rooms of the native dialect; those of the others are a subclass. */
export class Rooms {
  readonly #requests: Requests;
  protected readonly store: ClientStore;
  readonly #options: RoomsOptions;
  readonly #joinRetry: RequestRetryTimer;
  /** Pending joins by id; the answer to a join that is no longer here is ignored. */
  readonly #joins = new Map<RoomId, symbol>();
  readonly #olderPages = new Map<RoomId, Promise<void>>();
  readonly #observers = new Map<RoomId, Set<(event: RoomEvent) => void>>();

  constructor(
    environment: Environment,
    dependencies: { readonly requests: Requests; readonly store: ClientStore },
    options: RoomsOptions,
  ) {
    this.#requests = dependencies.requests;
    this.store = dependencies.store;
    this.#options = options;
    this.#joinRetry = new RequestRetryTimer(environment, () => this.joinWaiting());
  }

  /** Opens a room by id, now or as soon as there is a connection. Does nothing if it is open. */
  open(roomId: RoomId): void {
    const room = this.store.getSnapshot().rooms.get(roomId);
    if (room !== undefined && this.phaseOf(room) !== 'closed') return;
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
    const isOpenThere = this.#joins.has(roomId) || (room && this.phaseOf(room) === 'open');
    rooms.delete(roomId);
    this.#joins.delete(roomId);
    this.store.update({ rooms });
    // The answer does not matter: the room is no longer shown, and its later events are
    // dropped.
    if (isOpenThere) this.#requests.ask('leave_room', { roomId }, () => {});
  }

  /**
   * Fetches the page before the oldest message, if there is one; a page that is loading is not
   * requested twice.
   *
   * @throws {ChatError} The server's error; `NOT_IN_ROOM`; `UNAVAILABLE`.
   */
  async loadOlder(roomId: RoomId): Promise<void> {
    const { connection, rooms } = this.store.getSnapshot();
    const room = rooms.get(roomId);
    if (room?.kind !== 'open') throw new ChatError('NOT_IN_ROOM');
    const before = room.log.messages[0]?.sequence;
    if (!canLoadOlder(room) || before === undefined) return;
    if (connection.kind !== 'open') throw new ChatError('UNAVAILABLE');
    if (room.olderPages === 'loading') {
      await this.#olderPages.get(roomId);
      return;
    }
    this.apply(roomId, { kind: 'older_requested' });
    const loading = new Promise<void>((resolve, reject) => {
      const limit = CORE_LIMITS.historyPageDefault;
      this.#requests.ask('get_history', { roomId, before, limit }, (outcome) => {
        if (outcome.kind === 'answered') {
          const { messages, hasMore, memberships } = outcome.payload;
          const page = { before, messages: messages.map(toMessage), hasMore };
          this.apply(roomId, { kind: 'older_page', page, memberships });
          resolve();
        } else {
          const isRefused = outcome.kind === 'refused';
          if (isRefused) this.apply(roomId, { kind: 'older_failed' });
          reject(isRefused ? outcome.error : new ChatError('UNAVAILABLE'));
        }
      });
    });
    this.#olderPages.set(roomId, loading);
    await loading.finally(() => this.#olderPages.delete(roomId));
  }

  /** Sends the joins that waited for a connection or for the server. */
  joinWaiting(): void {
    const { connection, rooms } = this.store.getSnapshot();
    if (connection.kind !== 'open') return;
    for (const room of rooms.values()) {
      if (this.phaseOf(room) === 'joining' && !this.#joins.has(room.id)) this.#join(room);
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

  mergePresence(people: readonly MemberPayload[]): void {
    this.store.update({ presence: updatePresence(this.store.getSnapshot().presence, people) });
  }

  #join(room: RoomState): void {
    const { id: roomId } = room;
    const ticket = Symbol(roomId);
    this.#joins.set(roomId, ticket);
    // An id never creates a room, even if a name was passed as an id.
    const wanted = { roomId, create: false, ...this.positionOf(room) };
    this.#requests.ask('join_room', wanted, (outcome) => {
      // Meanwhile left, and perhaps joined again: the server receives the frames in this
      // order.
      if (this.#joins.get(roomId) !== ticket) return;
      this.#joins.delete(roomId);
      if (outcome.kind === 'answered') this.onJoined(outcome.payload);
      else if (outcome.kind === 'refused') this.#onRejected(roomId, outcome.error);
    });
  }

  /** The server opened a room. */
  onJoined(joined: ServerFrames['room_joined']): void {
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
    this.mergePresence(joined.members);
    const rooms = [...this.store.getSnapshot().rooms.values()];
    const isDone = rooms.every((room) => this.phaseOf(room) !== 'joining');
    if (isDone) this.#joinRetry.reset();
    this.#options.onLive(roomId, joined);
  }

  #onRejected(roomId: RoomId, error: ChatError): void {
    if (error.isRetryable) this.#joinRetry.schedule(error);
    else this.close(roomId, error.code, error);
  }

  protected create(id: RoomId): RoomState {
    return { kind: 'joining', id };
  }

  /** `joining` rooms are joined; `open` ones may be left. */
  protected phaseOf({ kind }: RoomState): RoomState['kind'] {
    return kind;
  }

  /** Up to where the client has a room that is joined; the native dialect has `resume` for it. */
  protected positionOf(_room: RoomState): Partial<ResumePosition> {
    return {};
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

/** Whether an older page exists and fits. */
export function canLoadOlder({
  log,
}: {
  readonly log: Pick<RoomLog, 'hasOlder' | 'messages'>;
}): boolean {
  return (
    log.hasOlder && log.messages.length + CORE_LIMITS.historyPageDefault <= MESSAGES_PER_ROOM_MAX
  );
}
