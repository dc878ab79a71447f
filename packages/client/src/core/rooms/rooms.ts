/**
 * The rooms that this client has open: joins, leaves, pages back, and takes in
 * what the server says about them. What an event does to a room is
 * `room-state.ts`; what was missed is fetched by `catch-up.ts`.
 */
import {
  type ChatError,
  ERROR_CODES,
  LIMITS,
  type MemberPayload,
  type RoomId,
  type ServerFrames,
} from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import { RetryTimer } from '../connection/retry-timer.ts';
import type { Environment } from '../environment.ts';
import { toMessage } from '../messages/message.ts';
import { MESSAGES_PER_ROOM_MAX } from '../messages/message-window.ts';
import type { ClientStore } from '../snapshot.ts';
import { readSequenceAtOpening } from '../unread/unread-state.ts';
import { JoinByName, type NamedJoinOptions } from './join-by-name.ts';
import { updatePresence } from './presence-state.ts';
import {
  type ClosedReason,
  type OpenRoom,
  type RoomEvent,
  type RoomState,
  reduceRoom,
} from './room-state.ts';

export interface RoomsOptions {
  /** The room is live for the first time, or again: what waits for it may go. */
  readonly onLive: (roomId: RoomId) => void;
  /** The server took the room away, or would not open it. */
  readonly onClosed: (roomId: RoomId, reason: ClosedReason) => void;
}

export class Rooms {
  readonly #requests: RequestCorrelator;
  readonly #store: ClientStore;
  readonly #options: RoomsOptions;
  readonly #joinRetry: RetryTimer;
  readonly #named: JoinByName;
  /** Joins by id under way; the answer to one that is no longer here is ignored. */
  readonly #joins = new Map<RoomId, symbol>();

  constructor(
    environment: Environment,
    parts: { readonly requests: RequestCorrelator; readonly store: ClientStore },
    options: RoomsOptions,
  ) {
    this.#requests = parts.requests;
    this.#store = parts.store;
    this.#options = options;
    this.#joinRetry = new RetryTimer(environment, () => this.joinWaiting());
    this.#named = new JoinByName(environment, parts, (joined) => this.#takeJoined(joined));
  }

  /** Opens a room by id, now or as soon as there is a connection. One that is open stays so. */
  open(roomId: RoomId): void {
    const room = this.#store.getSnapshot().rooms.get(roomId);
    if (room?.kind === 'open' || room?.kind === 'joining') return;
    this.#put({ kind: 'joining', id: roomId });
    this.joinWaiting();
  }

  /**
   * Opens the room of that name, now or as soon as there is a connection. If no room has
   * the name, the room is created, unless the options say otherwise.
   *
   * @throws {ChatError} `UNAVAILABLE` when no connection came in time; else what the server answered.
   */
  joinByName(roomName: string, options: NamedJoinOptions): Promise<RoomId> {
    return this.#named.join(roomName, options);
  }

  /** Closes the room here, at once. The membership stays; without a connection nothing is to be told. */
  leave(roomId: RoomId): void {
    const rooms = new Map(this.#store.getSnapshot().rooms);
    const room = rooms.get(roomId);
    rooms.delete(roomId);
    this.#joins.delete(roomId);
    this.#store.update({ rooms });
    // Whatever the answer: the room is not shown any more, and what still comes of it is dropped.
    if (room?.kind !== 'closed') this.#requests.ask('leave_room', { roomId }, () => {});
  }

  /** Asks for the page before the oldest message, unless one is under way or there is none. */
  loadOlder(roomId: RoomId): void {
    const { connection, rooms } = this.#store.getSnapshot();
    const room = rooms.get(roomId);
    if (connection.kind !== 'open' || room?.kind !== 'open') return;
    const before = room.log.messages[0]?.sequence;
    if (room.olderPages === 'loading' || !canLoadOlder(room) || before === undefined) return;

    this.apply(roomId, { kind: 'older_asked' });
    const limit = LIMITS.historyPageDefault;
    this.#requests.ask('get_history', { roomId, before, limit }, (outcome) => {
      if (outcome.kind === 'answered') {
        const { messages, hasMore } = outcome.payload;
        const page = { before, messages: messages.map(toMessage), hasMore };
        this.apply(roomId, { kind: 'older_page', page });
      } else if (outcome.kind === 'refused') {
        this.apply(roomId, { kind: 'older_failed' });
      }
    });
  }

  /** Sends the joins that have waited for a connection or for the server. */
  joinWaiting(): void {
    const { connection, rooms } = this.#store.getSnapshot();
    if (connection.kind !== 'open') return;
    this.#named.askWaiting();
    for (const room of rooms.values()) {
      if (room.kind === 'joining' && !this.#joins.has(room.id)) this.#join(room.id);
    }
  }

  /** The connection is gone: nothing is live until it was caught up. */
  suspend(): void {
    this.#joinRetry.reset();
    for (const roomId of this.#store.getSnapshot().rooms.keys()) {
      this.apply(roomId, { kind: 'connection_lost' });
    }
  }

  /** There will be no connection: who waits for one hears so. */
  giveUp(): void {
    this.#named.giveUp();
  }

  /** The server took the room away: by an answer, or by the end of the membership. */
  close(roomId: RoomId, reason: ClosedReason): void {
    if (!this.#store.getSnapshot().rooms.has(roomId)) return;
    this.apply(roomId, { kind: 'closed', reason });
    this.#options.onClosed(roomId, reason);
  }

  /** Changes a room that is held; an event about another changes nothing. */
  apply(roomId: RoomId, event: RoomEvent): void {
    const room = this.#store.getSnapshot().rooms.get(roomId);
    if (room !== undefined) this.#put(reduceRoom(room, event));
  }

  takePeople(people: readonly MemberPayload[]): void {
    this.#store.update({ presence: updatePresence(this.#store.getSnapshot().presence, people) });
  }

  #join(roomId: RoomId): void {
    const ticket = Symbol(roomId);
    this.#joins.set(roomId, ticket);
    // An id never creates a room, also if it is a name that was passed as an id.
    this.#requests.ask('join_room', { roomId, create: false }, (outcome) => {
      // Left meanwhile, and perhaps joined anew: the server hears all of it in this order.
      if (this.#joins.get(roomId) !== ticket) return;
      this.#joins.delete(roomId);
      if (outcome.kind === 'answered') this.#takeJoined(outcome.payload);
      else if (outcome.kind === 'refused') this.#takeRefusal(roomId, outcome.error);
    });
  }

  #takeJoined(joined: ServerFrames['room_joined']): void {
    const { roomId, roomName } = joined;
    const isHeld = this.#store.getSnapshot().rooms.has(roomId);
    if (!isHeld) this.#put({ kind: 'joining', id: roomId });
    const told = this.#store.getSnapshot().unread.get(roomId);
    this.apply(roomId, {
      kind: 'snapshot',
      name: roomName,
      snapshot: joined,
      isCatchUp: false,
      readSequence: readSequenceAtOpening(told, joined),
    });
    this.takePeople(joined.members);
    const rooms = [...this.#store.getSnapshot().rooms.values()];
    const isDone = rooms.every(({ kind }) => kind !== 'joining');
    if (isDone) this.#joinRetry.reset();
    this.#options.onLive(roomId);
  }

  #takeRefusal(roomId: RoomId, error: ChatError): void {
    if (ERROR_CODES[error.code].retryable) this.#joinRetry.schedule(error);
    else this.close(roomId, error.code);
  }

  #put(room: RoomState): void {
    const rooms = this.#store.getSnapshot().rooms;
    if (rooms.get(room.id) === room) return;
    this.#store.update({ rooms: new Map(rooms).set(room.id, room) });
  }
}

/** Whether there is an older page, and room for it. */
export function canLoadOlder({ log }: OpenRoom): boolean {
  return log.hasOlder && log.messages.length + LIMITS.historyPageDefault <= MESSAGES_PER_ROOM_MAX;
}
