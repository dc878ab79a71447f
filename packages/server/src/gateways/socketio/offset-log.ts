/**
 * Records the order in which log events of all rooms were sent to one socket. From the last event
 * that the client received follows its position in every room.
 *
 * A reconnecting client sends the offset of the last event that had one. For a socket with one open
 * room, the offset contains the whole position and is valid on any node. For a socket with several
 * rooms, only this log can resolve it. Opening or closing a room creates a new offset, so that a
 * client that has received the change cannot send an offset from before it.
 */
import { randomUUID } from 'node:crypto';
import { type Epoch, isUuid, type RoomId } from '@parley/protocol';
import { SmallMap } from '../../domain/primitives/small-map.ts';

export interface OffsetPosition {
  readonly roomId: RoomId;
  readonly sequence: number;
}

export interface LogOffset extends OffsetPosition {
  readonly epoch: Epoch;
}

export type Positions = ReadonlyMap<RoomId, Pick<LogOffset, 'sequence' | 'epoch'>>;

export interface Recovered {
  readonly positions: Positions;
  readonly offset: string;
}

interface OpenRoom {
  readonly epoch: Epoch;
  /** Position before the oldest entry; used if several rooms are open. */
  base: number;
  sequence: number;
}

/** Offset that cannot be resumed from: a room is being opened, or none is open. */
export const NOT_RESUMABLE = '-';
const ENTRIES_MAX = 1000;
/** Estimated memory. Entries are shared by all sockets that were sent the event. */
const [LOG_BYTES, ROOM_BYTES, ENTRY_BYTES] = [1024, 256, 8];

export class OffsetLog {
  readonly #rooms = new SmallMap<RoomId, OpenRoom>();
  /** Events since the last opening or closing, if several rooms are open. */
  #entries: OffsetPosition[] = [];
  /** Offset of that opening or closing, or of the resumption; undefined after the first entry behind it was dropped. */
  #mark: string | undefined;

  /** Creates the log of a client that resumes from these positions with this offset. */
  constructor({ positions, offset }: Partial<Recovered> = {}) {
    this.#mark = offset;
    for (const [roomId, { sequence, epoch }] of positions ?? []) {
      this.#rooms.set(roomId, { epoch, base: sequence, sequence });
    }
  }

  /** Estimated memory of the log. */
  get byteCount(): number {
    return LOG_BYTES + ROOM_BYTES * this.#rooms.size + ENTRY_BYTES * this.#entries.length;
  }

  /** Returns the offset to send with an event; undefined if the event advances no open room. Keeps the given object, which all receivers share. */
  sent(position: OffsetPosition): string | undefined {
    const { roomId, sequence } = position;
    const room = this.#rooms.get(roomId);
    if (room === undefined || sequence <= room.sequence) return undefined;
    room.sequence = sequence;
    if (this.#rooms.size === 1) return wholeOffsetAt(position, room.epoch);
    this.#add(position);
    return toOffset(position);
  }

  opened({ roomId, sequence, epoch }: LogOffset): string {
    this.#rooms.set(roomId, { epoch, base: sequence, sequence });
    return this.#startOver();
  }

  closed(roomId: RoomId): string {
    this.#rooms.delete(roomId);
    return this.#startOver();
  }

  /** Returns the positions of a client with this offset; undefined if they are unknown. */
  positionsAt(offset: string): Positions | undefined {
    const whole = positionsOf(offset);
    if (whole !== undefined) {
      // The client does not know of a room whose opening it has missed.
      const [roomId, ...others] = this.#rooms.keys();
      return others.length === 0 && roomId !== undefined && whole.has(roomId) ? whole : undefined;
    }
    if (offset === this.#mark) return this.#positionsAfter(0);
    const at = this.#entries.findLastIndex((entry) => toOffset(entry) === offset);
    return at < 0 ? undefined : this.#positionsAfter(at + 1);
  }

  #positionsAfter(entryCount: number): Positions {
    const positions = new Map(
      this.#rooms.entries().map(([roomId, { base: sequence, epoch }]) => {
        return [roomId, { sequence, epoch }];
      }),
    );
    for (const { roomId, sequence } of this.#entries.slice(0, entryCount)) {
      const room = positions.get(roomId);
      if (room !== undefined) positions.set(roomId, { ...room, sequence });
    }
    return positions;
  }

  /** Starts over after a room was opened or closed; earlier offsets become invalid. */
  #startOver(): string {
    this.#entries = [];
    this.#mark = undefined;
    const rooms = this.#rooms.entries();
    for (const [, room] of rooms) room.base = room.sequence;
    const [first, ...others] = rooms;
    if (first === undefined) return NOT_RESUMABLE;
    const [roomId, { sequence, epoch }] = first;
    if (others.length === 0) return toWholeOffset({ roomId, sequence, epoch });
    this.#mark = randomUUID();
    return this.#mark;
  }

  #add(entry: OffsetPosition): void {
    this.#entries.push(entry);
    if (this.#entries.length <= ENTRIES_MAX) return;
    const [oldest] = this.#entries.splice(0, 1);
    if (oldest === undefined) return;
    const room = this.#rooms.get(oldest.roomId);
    if (room !== undefined) room.base = oldest.sequence;
    this.#mark = undefined;
  }
}

/** Parses the offset of a socket with one open room, from any node. */
export function positionsOf(offset: string): Positions | undefined {
  const [roomId = '', digits = '', epoch, ...rest] = offset.split(':', OFFSET_PARTS + 1);
  const sequence = Number(digits);
  const isValid = isUuid(roomId) && DIGITS.test(digits) && Number.isSafeInteger(sequence);
  if (!isValid || epoch === undefined || rest.length > 0) return undefined;
  // Only the format is checked here; the store verifies room and epoch.
  return new Map([[roomId as RoomId, { sequence, epoch: epoch as Epoch }]]);
}

const OFFSET_PARTS = 3;
const DIGITS = /^\d{1,16}$/;

function toOffset({ roomId, sequence }: OffsetPosition): string {
  return `${roomId}:${sequence}`;
}

/** The latest offset, which the other receivers of the event get, too. */
let latest:
  | { readonly position: OffsetPosition; readonly epoch: Epoch; readonly offset: string }
  | undefined;

function wholeOffsetAt(position: OffsetPosition, epoch: Epoch): string {
  if (latest?.position !== position || latest.epoch !== epoch) {
    latest = { position, epoch, offset: toWholeOffset({ ...position, epoch }) };
  }
  return latest.offset;
}

function toWholeOffset({ roomId, sequence, epoch }: LogOffset): string {
  return `${roomId}:${sequence}:${epoch}`;
}
