/**
 * Sends read positions to the server. One request per room is pending, so that a busy
 * room costs no more than the server can answer; a lost one is sent again when the room
 * is live, and one that was rejected for now when the list of rooms arrives.
 */
import type { RoomId } from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { readUpTo } from '../rooms/unread-state.ts';
import type { ClientStore } from '../snapshot.ts';

interface ReadPositionSenderDependencies {
  readonly store: ClientStore;
  readonly requests: RequestCorrelator;
  readonly rooms: Rooms;
}

export class ReadPositionSender {
  readonly #dependencies: ReadPositionSenderDependencies;
  /** Positions of open rooms that the server has not confirmed. */
  readonly #marks = new Map<RoomId, number>();
  readonly #inFlight = new Set<RoomId>();

  constructor(dependencies: ReadPositionSenderDependencies) {
    this.#dependencies = dependencies;
  }

  /** Marks everything up to here as read. A mark only moves forward. */
  mark(roomId: RoomId, sequence: number): void {
    const { store, rooms } = this.#dependencies;
    const snapshot = store.getSnapshot();
    const room = snapshot.rooms.get(roomId);
    // Without a user it is shown from the offline copy: the mark waits until the room is live.
    if (room?.kind !== 'open' || sequence <= readUpTo(room, snapshot.user)) return;
    this.#marks.set(roomId, sequence);
    // Immediately: a message that the user sees counts as read.
    rooms.apply(roomId, { kind: 'read', sequence });
    this.retry(roomId);
  }

  /**
   * Marks a room that is not open here as read. Only the server's counts change, so nothing is
   * kept for a retry.
   *
   * @throws {ChatError} The server's error; `UNAVAILABLE` if no answer arrived.
   */
  async markUnopened(roomId: RoomId, sequence: number): Promise<void> {
    await this.#dependencies.requests.request('mark_read', { roomId, sequence });
  }

  /** Sends the unconfirmed position, if the room is live. */
  retry(roomId: RoomId): void {
    const { store, requests } = this.#dependencies;
    const room = store.getSnapshot().rooms.get(roomId);
    const sequence = this.#marks.get(roomId);
    if (sequence === undefined || this.#inFlight.has(roomId)) return;
    if (room?.kind !== 'open' || !room.isLive) return;
    this.#inFlight.add(roomId);
    requests.ask('mark_read', { roomId, sequence }, (outcome) => {
      this.#inFlight.delete(roomId);
      if (outcome.kind === 'cut_off') return;
      if (outcome.kind === 'refused' && outcome.error.isRetryable) return;
      if (this.#marks.get(roomId) === sequence) this.#marks.delete(roomId);
      else this.retry(roomId);
    });
  }

  /** The same for all rooms. */
  retryAll(): void {
    for (const roomId of this.#marks.keys()) this.retry(roomId);
  }

  /** The room is not open any more. */
  forget(roomId: RoomId): void {
    this.#marks.delete(roomId);
  }
}
