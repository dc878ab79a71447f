/**
 * Tells the server up to where one has read. One question per room is under way, so
 * that a room in which much is said costs no more than the server can answer; what
 * is lost on the way is told again when the room is live.
 */
import { ERROR_CODES, type RoomId } from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { ClientStore } from '../snapshot.ts';
import { readUpTo } from './unread-state.ts';

export interface ReadReceiptsDependencies {
  readonly store: ClientStore;
  readonly requests: RequestCorrelator;
  readonly rooms: Rooms;
}

export class ReadReceipts {
  readonly #parts: ReadReceiptsDependencies;
  /** What the server has not confirmed, of rooms that are open. */
  readonly #marks = new Map<RoomId, number>();
  readonly #underWay = new Set<RoomId>();

  constructor(parts: ReadReceiptsDependencies) {
    this.#parts = parts;
  }

  /** Everything up to here was seen. A mark only moves forward. */
  mark(roomId: RoomId, sequence: number): void {
    const { store, rooms } = this.#parts;
    const snapshot = store.getSnapshot();
    const room = snapshot.rooms.get(roomId);
    if (room?.kind !== 'open' || snapshot.user === undefined) return;
    if (sequence <= readUpTo(room, snapshot.user)) return;
    this.#marks.set(roomId, sequence);
    // At once: whoever sees a message sees that it is read.
    rooms.apply(roomId, { kind: 'read', sequence });
    this.retry(roomId);
  }

  /** Tells what is not confirmed, if the room is live. */
  retry(roomId: RoomId): void {
    const { store, requests } = this.#parts;
    const room = store.getSnapshot().rooms.get(roomId);
    const sequence = this.#marks.get(roomId);
    if (sequence === undefined || this.#underWay.has(roomId)) return;
    if (room?.kind !== 'open' || !room.isLive) return;
    this.#underWay.add(roomId);
    requests.ask('mark_read', { roomId, sequence }, (outcome) => {
      this.#underWay.delete(roomId);
      if (outcome.kind === 'cut_off') return;
      if (outcome.kind === 'refused' && ERROR_CODES[outcome.error.code].retryable) return;
      if (this.#marks.get(roomId) === sequence) this.#marks.delete(roomId);
      else this.retry(roomId);
    });
  }

  /** The room is not open any more. */
  forget(roomId: RoomId): void {
    this.#marks.delete(roomId);
  }
}
