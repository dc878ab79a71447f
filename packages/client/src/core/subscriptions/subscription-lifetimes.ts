/**
 * Subscriptions to the connection and its rooms: they start with the first subscriber,
 * and end shortly after the last one unless messages written there are still to be sent.
 */
import type { RoomId } from '@parley/protocol';
import type { Environment } from '../environment.ts';
import { waitingCount } from '../messages/timeline.ts';
import type { Store } from '../store.ts';
import type { AllConversationsFeed } from './all-conversations-feed.ts';
import type { FlatRooms } from './flat-rooms.ts';
import type { FlatSnapshot } from './flat-snapshot.ts';
import type { OutboxKeys } from './outbox-keys.ts';
import { RefCounter } from './ref-counter.ts';

/** A room is left one turn after its release: React mounts twice within one turn. */
const LEAVE_AFTER_MS = 0;
/** Keeps the connection between two pages of an application. */
export const CLOSE_AFTER_MS = 1_000;
/** All subscribers together, in contrast to those of a room. */
const CONNECTION = 'connection';
/** Subscribers without a particular room. */
const INBOX = 'inbox' as RoomId;

export interface SubscriptionLifetimesDependencies {
  readonly store: Store<FlatSnapshot>;
  readonly rooms: FlatRooms;
  readonly allConversations: AllConversationsFeed;
  readonly recipients: OutboxKeys;
  readonly onRoomWanted: (roomId: RoomId) => void;
  /** Not wanted any more, with nothing left to send. */
  readonly onRoomDone: (roomId: RoomId) => void;
  readonly onConnectionWanted: () => void;
  readonly onConnectionDone: () => void;
}

export class SubscriptionLifetimes {
  readonly #dependencies: SubscriptionLifetimesDependencies;
  readonly #rooms: RefCounter;
  readonly #connection: RefCounter;

  constructor(
    environment: Pick<Environment, 'setTimer'>,
    dependencies: SubscriptionLifetimesDependencies,
  ) {
    this.#dependencies = dependencies;
    this.#rooms = new RefCounter(environment, {
      graceMs: LEAVE_AFTER_MS,
      // The names are the ids that were passed in.
      onAcquired: (name) => this.#open(name as RoomId),
      onReleased: (name) => this.#leave(name as RoomId),
    });
    this.#connection = new RefCounter(environment, {
      graceMs: CLOSE_AFTER_MS,
      onAcquired: dependencies.onConnectionWanted,
      onReleased: () => this.#close(),
    });
  }

  get isConnectionHeld(): boolean {
    return this.#connection.isInUse(CONNECTION);
  }

  isRoomHeld(roomId: RoomId): boolean {
    return this.#rooms.isInUse(roomId);
  }

  /**
   * Subscribes to the connection and the room, or to all conversations, until the returned function
   * is called.
   */
  acquire(roomId: RoomId = INBOX): () => void {
    const letConnectionGo = this.#connection.acquire(CONNECTION);
    const letRoomGo = this.#rooms.acquire(roomId);
    return () => {
      letRoomGo();
      letConnectionGo();
    };
  }

  /** A message was sent or discarded: what was kept for it can be released. */
  releaseKept(): void {
    this.#rooms.releaseKept();
    this.#connection.releaseKept();
  }

  #open(roomId: RoomId): void {
    const { allConversations, store, onRoomWanted } = this.#dependencies;
    if (roomId !== INBOX) onRoomWanted(roomId);
    else if (!allConversations.isOpen) {
      allConversations.open();
      if (store.getSnapshot().connection.kind === 'open') allConversations.look();
    }
  }

  #leave(roomId: RoomId): boolean {
    const { allConversations, rooms, recipients, onRoomDone } = this.#dependencies;
    if (roomId === INBOX) {
      this.#leaveAllConversations();
      return true;
    }
    // A subscriber of the inbox includes this room.
    if (allConversations.isOpen && rooms.get(roomId)?.allConversationsFrom !== undefined)
      return true;
    // Messages written there are still to be sent; the room is left after that.
    if (recipients.hasUnsent(roomId)) return false;
    onRoomDone(roomId);
    return true;
  }

  #leaveAllConversations(): void {
    const { allConversations, rooms, store } = this.#dependencies;
    allConversations.close();
    const followed = [...store.getSnapshot().rooms.keys()];
    for (const roomId of followed) {
      // A new subscriber starts again.
      rooms.change(roomId, () => ({ allConversationsFrom: undefined }));
      if (!this.isRoomHeld(roomId)) this.#rooms.end(roomId);
    }
  }

  #close(): boolean {
    const { store, onConnectionDone } = this.#dependencies;
    if (waitingCount(store.getSnapshot().outbox) > 0) return false;
    onConnectionDone();
    return true;
  }
}
