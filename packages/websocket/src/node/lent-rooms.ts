/**
 * Rooms in which messages that come in pieces are put together, used again and again
 * where messages are lent (`readBuffer: 'lent'`).
 *
 * A room of its own for each message is memory outside of the heap, and some thousands
 * of them bring on a whole collection: at 16 KiB with 16 in flight that was a third of
 * all work (docs/benchmarks.md).
 */
import { Buffer } from 'node:buffer';
import type { Rooms } from '../protocol/piece-list.ts';

/** Room sizes are powers of two, so that none is more than twice what is asked for. */
const ROOM_BYTES_MIN = 1_024;
/** What a larger message takes is not copied again when it is sent on, so it has to be its own. */
const ROOM_BYTES_MAX = 65_536;

/** Kept while nobody uses them. */
const FREE_BYTES_MAX = 4_194_304;

/** Tells in constant time, and keeps nothing alive. */
const lentMemory = new WeakSet<ArrayBufferLike>();

/** Whether these bytes are read over once control is back at the event loop. */
export function isInLentRoom(bytes: Uint8Array): boolean {
  return lentMemory.has(bytes.buffer);
}

export class LentRooms implements Rooms {
  readonly #freeBySize = new Map<number, ArrayBufferLike[]>();
  #freeBytes = 0;
  /** Free again when control goes back to the event loop. */
  #released: ArrayBufferLike[] = [];

  allocate(byteCount: number): Uint8Array {
    if (byteCount > ROOM_BYTES_MAX) return Buffer.allocUnsafeSlow(byteCount);
    const size = roomSize(byteCount);
    const memory = this.#freeBySize.get(size)?.pop();
    if (memory === undefined) return Buffer.from(createRoom(size), 0, byteCount);
    this.#freeBytes -= size;
    return Buffer.from(memory, 0, byteCount);
  }

  release({ buffer: memory }: Uint8Array): void {
    if (!lentMemory.has(memory)) return;
    if (this.#released.length === 0) setImmediate(() => this.#takeBack());
    this.#released.push(memory);
  }

  #takeBack(): void {
    for (const memory of this.#released) {
      const size = memory.byteLength;
      if (this.#freeBytes + size > FREE_BYTES_MAX) break;
      const free = this.#freeBySize.get(size);
      if (free === undefined) this.#freeBySize.set(size, [memory]);
      else free.push(memory);
      this.#freeBytes += size;
    }
    this.#released = [];
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
