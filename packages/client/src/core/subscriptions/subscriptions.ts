/**
 * Who wants the connection, and which rooms on it: begun with the first who holds
 * them, and ended a moment after the last one let go, unless something that was
 * written there is still to be sent.
 */
import type { RoomId } from '@parley/protocol';
import type { Environment } from '../environment.ts';
import { waitingCount } from '../messages/timeline.ts';
import type { Store } from '../store.ts';
import type { FlatMessage } from './flat-dialect.ts';
import type { Inbox } from './inbox.ts';
import type { OutboxRecipients } from './outbox-recipients.ts';
import { RefCounter } from './ref-counter.ts';
import type { FlatSnapshot } from './room-state.ts';
import type { FlatRooms } from './rooms.ts';

/** A room is left in the turn after it was let go: React mounts twice within one. */
const LEAVE_AFTER_MS = 0;
/** From one page of an application to the next, the connection stays. */
export const CLOSE_AFTER_MS = 1_000;
/** All holders together, as opposed to those of a room. */
const CONNECTION = 'connection';
/** Those who look at no room in particular. */
const INBOX = 'inbox' as RoomId;

export interface SubscriptionsDependencies<M extends FlatMessage> {
  readonly store: Store<FlatSnapshot<M>>;
  readonly rooms: FlatRooms<M>;
  readonly inbox: Inbox<M>;
  readonly keys: OutboxRecipients<M>;
  readonly onRoomWanted: (roomId: RoomId) => void;
  /** Nobody wants it any more, and nothing is owed to it. */
  readonly onRoomDone: (roomId: RoomId) => void;
  readonly onConnectionWanted: () => void;
  readonly onConnectionDone: () => void;
}

export class Subscriptions<M extends FlatMessage> {
  readonly #parts: SubscriptionsDependencies<M>;
  readonly #rooms: RefCounter;
  readonly #connection: RefCounter;

  constructor(environment: Pick<Environment, 'setTimer'>, parts: SubscriptionsDependencies<M>) {
    this.#parts = parts;
    this.#rooms = new RefCounter(environment, {
      graceMs: LEAVE_AFTER_MS,
      // The names are the ids that were taken.
      onTaken: (name) => this.#open(name as RoomId),
      onLetGo: (name) => this.#leave(name as RoomId),
    });
    this.#connection = new RefCounter(environment, {
      graceMs: CLOSE_AFTER_MS,
      onTaken: parts.onConnectionWanted,
      onLetGo: () => this.#close(),
    });
  }

  get isConnectionHeld(): boolean {
    return this.#connection.isHeld(CONNECTION);
  }

  isRoomHeld(roomId: RoomId): boolean {
    return this.#rooms.isHeld(roomId);
  }

  /** Of the connection and the room, or the inbox; until the function that is returned is called. */
  hold(roomId: RoomId = INBOX): () => void {
    const letConnectionGo = this.#connection.take(CONNECTION);
    const letRoomGo = this.#rooms.take(roomId);
    return () => {
      letRoomGo();
      letConnectionGo();
    };
  }

  /** Something was sent, or given up: what was kept for it may go. */
  letGoKept(): void {
    this.#rooms.letGoKept();
    this.#connection.letGoKept();
  }

  #open(roomId: RoomId): void {
    const { inbox, store, onRoomWanted } = this.#parts;
    if (roomId !== INBOX) onRoomWanted(roomId);
    else if (!inbox.isOpen) {
      inbox.open();
      if (store.getSnapshot().connection.kind === 'open') inbox.look();
    }
  }

  #leave(roomId: RoomId): boolean {
    const { inbox, rooms, keys, onRoomDone } = this.#parts;
    if (roomId === INBOX) {
      this.#leaveInbox();
      return true;
    }
    // Who looks at all of them looks at this one too.
    if (inbox.isOpen && rooms.get(roomId)?.inboxFrom !== undefined) return true;
    // What was written there is still to be sent; it is left when that is done.
    if (keys.isOwed(roomId)) return false;
    onRoomDone(roomId);
    return true;
  }

  #leaveInbox(): void {
    const { inbox, rooms, store } = this.#parts;
    inbox.close();
    const followed = [...store.getSnapshot().rooms.keys()];
    for (const roomId of followed) {
      // Who looks again begins anew.
      rooms.change(roomId, () => ({ inboxFrom: undefined }));
      if (!this.isRoomHeld(roomId)) this.#leave(roomId);
    }
  }

  #close(): boolean {
    const { store, onConnectionDone } = this.#parts;
    if (waitingCount(store.getSnapshot().outbox) > 0) return false;
    onConnectionDone();
    return true;
  }
}
