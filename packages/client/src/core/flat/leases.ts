/**
 * Leases of the connection and its rooms: they start with the first subscriber, and end shortly after
 * the last one unless messages written there are still to be sent.
 */
import type { RoomId } from '@parley/protocol';
import type { Environment } from '../environment.ts';
import { RefCounter } from '../ref-counter.ts';

/** A room is left one turn after its release: React mounts twice within one turn. */
const LEAVE_AFTER_MS = 0;
/** Keeps the connection between two pages of an application. */
export const CLOSE_AFTER_MS = 1_000;
/** All subscribers together, in contrast to those of a room. */
const CONNECTION = 'connection';
/** Subscribers without a particular room. */
const INBOX = 'inbox' as RoomId;

interface LeasesOptions {
  /** Undefined: all conversations. */
  readonly onRoomWanted: (roomId: RoomId | undefined) => void;
  /** Returns whether it has ended; if not, it is asked again when a message was sent. */
  readonly endRoom: (roomId: RoomId | undefined) => boolean;
  readonly onConnectionWanted: () => void;
  readonly endConnection: () => boolean;
}

export class Leases {
  readonly #rooms: RefCounter;
  readonly #connection: RefCounter;

  constructor(environment: Pick<Environment, 'setTimer'>, options: LeasesOptions) {
    // The names are the ids that were passed in.
    const idOf = (name: string) => (name === INBOX ? undefined : (name as RoomId));
    this.#rooms = new RefCounter(environment, {
      graceMs: LEAVE_AFTER_MS,
      onAcquired: (name) => options.onRoomWanted(idOf(name)),
      onReleased: (name) => options.endRoom(idOf(name)),
    });
    this.#connection = new RefCounter(environment, {
      graceMs: CLOSE_AFTER_MS,
      onAcquired: options.onConnectionWanted,
      onReleased: options.endConnection,
    });
  }

  get isConnectionHeld(): boolean {
    return this.#connection.isInUse(CONNECTION);
  }

  isRoomHeld(roomId: RoomId): boolean {
    return this.#rooms.isInUse(roomId);
  }

  /** Leases the connection and the room, or all conversations, until the returned function is called. */
  acquire(roomId: RoomId = INBOX): () => void {
    const letConnectionGo = this.#connection.acquire(CONNECTION);
    const letRoomGo = this.#rooms.acquire(roomId);
    return () => {
      letRoomGo();
      letConnectionGo();
    };
  }

  /** Ends the lease of a room without subscribers. */
  end(roomId: RoomId): void {
    this.#rooms.end(roomId);
  }

  /** A message was sent or discarded: what was kept for it can end. */
  releaseKept(): void {
    this.#rooms.releaseKept();
    this.#connection.releaseKept();
  }
}
