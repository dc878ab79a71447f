/**
 * Rooms in which messages that come in pieces are put together, used again and again
 * where messages are lent (`readBuffer: 'lent'`).
 *
 * A room of its own for each message is memory outside of the heap, and some thousands
 * of them bring on a whole collection: at 16 KiB with 16 in flight that was a third of
 * all work (docs/benchmarks.md).
 */
import { Buffer } from 'node:buffer';
import type { LendingRooms } from '../protocol/piece-list.ts';

/** Room sizes are powers of two, so that none is more than twice what is asked for. */
const ROOM_BYTES_MIN = 1_024;
/** What a larger message takes is not copied again when it is sent on, so it has to be its own. */
const ROOM_BYTES_MAX = 65_536;

/** Kept while nobody uses them. */
const FREE_BYTES_MAX = 4_194_304;

/** Tells in constant time, and keeps nothing alive. */
const lentMemory = new WeakSet<ArrayBufferLike>();

/** Whether these bytes are read over once the listeners have returned. */
export function isInLentRoom(bytes: Uint8Array): boolean {
  return lentMemory.has(bytes.buffer);
}

export class LentRooms implements LendingRooms {
  readonly #freeBySize = new Map<number, ArrayBufferLike[]>();
  #freeBytes = 0;
  /** Free again when nobody handles what was read any more. */
  readonly #released: ArrayBufferLike[] = [];
  #readings = 0;

  allocate(byteCount: number): Uint8Array {
    if (byteCount > ROOM_BYTES_MAX) return Buffer.allocUnsafeSlow(byteCount);
    const size = roomSize(byteCount);
    const memory = this.#freeBySize.get(size)?.pop();
    if (memory === undefined) return Buffer.from(createRoom(size), 0, byteCount);
    this.#freeBytes -= size;
    return Buffer.from(memory, 0, byteCount);
  }

  release({ buffer: memory }: Uint8Array): void {
    if (lentMemory.has(memory)) this.#released.push(memory);
  }

  beginReading(): void {
    this.#readings += 1;
  }

  endReading(): void {
    this.#readings -= 1;
    // A listener may hand bytes to a stream that is read at once: its own are still needed then.
    if (this.#readings > 0) return;
    for (let memory = this.#released.pop(); memory !== undefined; memory = this.#released.pop()) {
      this.#keep(memory);
    }
  }

  #keep(memory: ArrayBufferLike): void {
    const size = memory.byteLength;
    if (this.#freeBytes + size > FREE_BYTES_MAX) return;
    const free = this.#freeBySize.get(size);
    if (free === undefined) this.#freeBySize.set(size, [memory]);
    else free.push(memory);
    this.#freeBytes += size;
  }
}

function createRoom(size: number): ArrayBufferLike {
  const memory = Buffer.allocUnsafeSlow(size).buffer;
  lentMemory.add(memory);
  return memory;
}

function roomSize(byteCount: number): number {
  return Math.max(ROOM_BYTES_MIN, 2 ** (32 - Math.clz32(byteCount - 1)));
}
