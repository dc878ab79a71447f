/**
 * Subscriptions to the connection and its rooms: they start with the first subscriber,
 * and end shortly after the last one unless messages written there are still to be sent.
 */
import type { RoomId } from '@parley/protocol';
import type { Environment } from '../environment.ts';
import { waitingCount } from '../messages/timeline.ts';
import type { Store } from '../store.ts';
import type { AllConversations } from './all-conversations.ts';
import type { FlatMessage } from './flat-dialect.ts';
import type { FlatSnapshot } from './flat-room-state.ts';
import type { FlatRooms } from './flat-rooms.ts';
import type { OutboxRecipients } from './outbox-recipients.ts';
import { RefCounter } from './ref-counter.ts';

/** A room is left one turn after its release: React mounts twice within one turn. */
const LEAVE_AFTER_MS = 0;
/** Keeps the connection between two pages of an application. */
export const CLOSE_AFTER_MS = 1_000;
/** All subscribers together, in contrast to those of a room. */
const CONNECTION = 'connection';
/** Subscribers without a particular room. */
const INBOX = 'inbox' as RoomId;

export interface SubscriptionLifetimesDependencies<M extends FlatMessage> {
  readonly store: Store<FlatSnapshot<M>>;
  readonly rooms: FlatRooms<M>;
  readonly inbox: AllConversations<M>;
  readonly keys: OutboxRecipients<M>;
  readonly onRoomWanted: (roomId: RoomId) => void;
  /** Not wanted any more, with nothing left to send. */
  readonly onRoomDone: (roomId: RoomId) => void;
  readonly onConnectionWanted: () => void;
  readonly onConnectionDone: () => void;
}

export class SubscriptionLifetimes<M extends FlatMessage> {
  readonly #parts: SubscriptionLifetimesDependencies<M>;
  readonly #rooms: RefCounter;
  readonly #connection: RefCounter;

  constructor(
    environment: Pick<Environment, 'setTimer'>,
    parts: SubscriptionLifetimesDependencies<M>,
  ) {
    this.#parts = parts;
    this.#rooms = new RefCounter(environment, {
      graceMs: LEAVE_AFTER_MS,
      // The names are the ids that were passed in.
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

  /**
   * Subscribes to the connection and the room, or the inbox, until the returned function
   * is called.
   */
  hold(roomId: RoomId = INBOX): () => void {
    const letConnectionGo = this.#connection.take(CONNECTION);
    const letRoomGo = this.#rooms.take(roomId);
    return () => {
      letRoomGo();
      letConnectionGo();
    };
  }

  /** A message was sent or discarded: what was kept for it can be released. */
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
    // A subscriber of the inbox includes this room.
    if (inbox.isOpen && rooms.get(roomId)?.inboxFrom !== undefined) return true;
    // Messages written there are still to be sent; the room is left after that.
    if (keys.isOwed(roomId)) return false;
    onRoomDone(roomId);
    return true;
  }

  #leaveInbox(): void {
    const { inbox, rooms, store } = this.#parts;
    inbox.close();
    const followed = [...store.getSnapshot().rooms.keys()];
    for (const roomId of followed) {
      // A new subscriber starts again.
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
