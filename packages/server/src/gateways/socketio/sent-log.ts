/**
 * The order in which one socket was sent what has a place in the log of a room: from
 * the last of it that the client has, its position in every room follows (SIO-8).
 */
import type { RoomId } from '@parley/protocol';
import { SmallMap } from '../../domain/small-map.ts';

export interface SentPlace {
  readonly roomId: RoomId;
  readonly sequence: number;
}

interface Entry extends SentPlace {
  /** The room was opened with this: before it, the client did not have it. */
  readonly opens?: true;
}

export type Positions = ReadonlyMap<RoomId, number>;

const ENTRIES_MAX = 1000;

export class SentLog {
  /** Positions before the oldest entry; where there is one room only, its position. */
  readonly #base = new SmallMap<RoomId, number>();
  #entries: Entry[] = [];

  constructor(base: Positions = new Map()) {
    for (const [roomId, sequence] of base) this.#base.set(roomId, sequence);
  }

  /** The place is kept as it is, one for all who were sent it. */
  sent(place: SentPlace): void {
    const isOnlyRoom = this.#entries.length === 0 && this.#base.size === 1;
    if (isOnlyRoom && this.#base.has(place.roomId)) this.#base.set(place.roomId, place.sequence);
    else this.#add(place);
  }

  opened({ roomId, sequence }: SentPlace): void {
    this.closed(roomId);
    this.#add({ roomId, sequence, opens: true });
    this.#fold();
  }

  closed(roomId: RoomId): void {
    this.#base.delete(roomId);
    this.#entries = this.#entries.filter((entry) => entry.roomId !== roomId);
    this.#fold();
  }

  /** Undefined where it cannot be known what the client has. */
  positionsAt(offset: string): Positions | undefined {
    const at = this.#entries.findLastIndex((entry) => toOffset(entry) === offset);
    if (at < 0) return this.#inTheOnlyRoom(offset);
    // A room whose opening the client has missed is one that it does not know it has.
    if (this.#entries.slice(at + 1).some(({ opens }) => opens === true)) return undefined;
    const positions = new Map(this.#base.entries());
    for (const { roomId, sequence } of this.#entries.slice(0, at + 1)) {
      positions.set(roomId, sequence);
    }
    return positions;
  }

  /** There an event says itself where the client is. */
  #inTheOnlyRoom(offset: string): Positions | undefined {
    const roomId = this.#onlyRoom();
    if (roomId === undefined) return undefined;
    const sequence = Number(offset.slice(offset.lastIndexOf(':') + 1));
    const isIt = Number.isSafeInteger(sequence) && toOffset({ roomId, sequence }) === offset;
    return isIt ? new Map([[roomId, sequence]]) : undefined;
  }

  #onlyRoom(): RoomId | undefined {
    const [roomId, ...others] = new Set([
      ...this.#base.keys(),
      ...this.#entries.map((entry) => entry.roomId),
    ]);
    return others.length === 0 ? roomId : undefined;
  }

  /** Most sockets have one room, and need no entries. */
  #fold(): void {
    const roomId = this.#onlyRoom();
    const last = this.#entries.at(-1);
    if (roomId === undefined || last === undefined) return;
    this.#base.set(roomId, last.sequence);
    this.#entries = [];
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length <= ENTRIES_MAX) return;
    const [oldest] = this.#entries.splice(0, 1);
    if (oldest !== undefined) this.#base.set(oldest.roomId, oldest.sequence);
  }
}

/** What a client gives back when it wants to go on: the last event with a place that it has had. */
export function toOffset({ roomId, sequence }: SentPlace): string {
  return `${roomId}:${sequence}`;
}
