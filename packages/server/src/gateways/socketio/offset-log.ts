/**
 * The order in which one socket was sent what has a place in the log of a room: from
 * the last of it that the client has, its position in every room follows (SIO-8).
 *
 * A client gives back the offset of the last event that had one. Of a socket with one
 * open room it says all by itself, here and on a node that has never seen the socket;
 * of one with several it means something to this log only. Whatever opens or closes a
 * room has an offset of its own: a client that knows of the one change cannot give back
 * what was true before it.
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
  /** The position before the oldest entry; of use where there are several rooms. */
  base: number;
  sequence: number;
}

/** From here nothing goes on: a room is being opened, or none is open. */
export const NOWHERE = '-';
const ENTRIES_MAX = 1000;
/** An entry is shared by all who were sent the event. */
const [LOG_BYTES, ROOM_BYTES, ENTRY_BYTES] = [1024, 256, 8];

export class OffsetLog {
  readonly #rooms = new SmallMap<RoomId, OpenRoom>();
  /** Since the last opening or closing, where several rooms are open. */
  #entries: OffsetPosition[] = [];
  /** The offset of that opening or closing, or that the client came back with, until an entry behind it is forgotten. */
  #mark: string | undefined;

  /** Of a client that goes on from these positions, which it has by this offset. */
  constructor({ positions, offset }: Partial<Recovered> = {}) {
    this.#mark = offset;
    for (const [roomId, { sequence, epoch }] of positions ?? []) {
      this.#rooms.set(roomId, { epoch, base: sequence, sequence });
    }
  }

  /** About what it takes in memory. */
  get byteCount(): number {
    return LOG_BYTES + ROOM_BYTES * this.#rooms.size + ENTRY_BYTES * this.#entries.length;
  }

  /** The offset to send along; none for what moves no open room. The place is kept as it is, one for all who were sent it. */
  sent(place: OffsetPosition): string | undefined {
    const { roomId, sequence } = place;
    const room = this.#rooms.get(roomId);
    if (room === undefined || sequence <= room.sequence) return undefined;
    room.sequence = sequence;
    if (this.#rooms.size === 1) return toWholeOffset({ roomId, sequence, epoch: room.epoch });
    this.#add(place);
    return toOffset(place);
  }

  opened({ roomId, sequence, epoch }: LogOffset): string {
    this.#rooms.set(roomId, { epoch, base: sequence, sequence });
    return this.#turn();
  }

  closed(roomId: RoomId): string {
    this.#rooms.delete(roomId);
    return this.#turn();
  }

  /** Undefined where it cannot be known what the client has. */
  positionsAt(offset: string): Positions | undefined {
    const whole = positionsOf(offset);
    if (whole !== undefined) {
      // A room whose opening the client has missed is one that it does not know it has.
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

  /** Which rooms are open has changed: offsets of before are good for nothing now. */
  #turn(): string {
    this.#entries = [];
    this.#mark = undefined;
    const rooms = this.#rooms.entries();
    for (const [, room] of rooms) room.base = room.sequence;
    const [first, ...others] = rooms;
    if (first === undefined) return NOWHERE;
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

/** Of an offset of a socket with one open room, whoever has sent it. */
export function positionsOf(offset: string): Positions | undefined {
  const [roomId = '', digits = '', epoch, ...rest] = offset.split(':', OFFSET_PARTS + 1);
  const sequence = Number(digits);
  const isOne = isUuid(roomId) && DIGITS.test(digits) && Number.isSafeInteger(sequence);
  if (!isOne || epoch === undefined || rest.length > 0) return undefined;
  // What has the form of a room's id and of an epoch; whether they are, the store finds out.
  return new Map([[roomId as RoomId, { sequence, epoch: epoch as Epoch }]]);
}

const OFFSET_PARTS = 3;
const DIGITS = /^\d{1,16}$/;

function toOffset({ roomId, sequence }: OffsetPosition): string {
  return `${roomId}:${sequence}`;
}

function toWholeOffset({ roomId, sequence, epoch }: LogOffset): string {
  return `${roomId}:${sequence}:${epoch}`;
}
