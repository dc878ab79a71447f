/**
 * Rooms in which messages that come in pieces are put together, used again and again
 * where messages are lent (`readBuffer: 'pooled'`).
 *
 * A room of its own for each message is memory outside of the heap, and 64 MiB of that
 * bring on a whole collection: with messages of 16 KiB that was a third of all work, with
 * those of 256 KiB two thirds (docs/benchmarks.md).
 *
 * A room is free again when its message was looked at, and nobody who sends it on needs
 * it any more: who does, claims it, and so copies nothing.
 */
import { Buffer } from 'node:buffer';
import type { PooledBuffers } from '../../protocol/payload-buffer.ts';

/** Room sizes are powers of two, so that none is more than twice what is asked for. */
const BUFFER_BYTES_MIN = 1_024;
const BUFFER_BYTES_MAX = 1_048_576;

/** Kept while nobody uses them. */
const FREE_BYTES_MAX = 16_777_216;

interface Room {
  readonly memory: ArrayBufferLike;
  /** Its message's listeners, and those who send it on. */
  users: number;
}

export class BufferPool implements PooledBuffers {
  /** Tells in constant time what is lent, and keeps nothing alive. */
  readonly #rooms = new WeakMap<ArrayBufferLike, Room>();
  readonly #freeBySize = new Map<number, Room[]>();
  #freeBytes = 0;
  /** Free again when nobody handles what was read any more. */
  readonly #released: Room[] = [];
  #readings = 0;

  allocate(byteCount: number): Uint8Array {
    if (byteCount > BUFFER_BYTES_MAX) return Buffer.allocUnsafeSlow(byteCount);
    const size = bufferSize(byteCount);
    const room = this.#takeFree(size) ?? this.#create(size);
    room.users = 1;
    return Buffer.from(room.memory, 0, byteCount);
  }

  release({ buffer: memory }: Uint8Array): void {
    const room = this.#rooms.get(memory);
    if (room !== undefined) this.#released.push(room);
  }

  /** Whether these bytes are read over once the listeners have returned. */
  holds({ buffer: memory }: Uint8Array): boolean {
    return this.#rooms.has(memory);
  }

  /** Lets them stay until the function that it gives is called; `undefined` for what is not lent here. */
  claim({ buffer: memory }: Uint8Array): (() => void) | undefined {
    const room = this.#rooms.get(memory);
    if (room === undefined) return undefined;
    room.users += 1;
    return () => this.#leave(room);
  }

  beginReading(): void {
    this.#readings += 1;
  }

  endReading(): void {
    this.#readings -= 1;
    // A listener may hand bytes to a stream that is read at once: its own are still needed then.
    if (this.#readings > 0) return;
    for (let room = this.#released.pop(); room !== undefined; room = this.#released.pop()) {
      this.#leave(room);
    }
  }

  #takeFree(size: number): Room | undefined {
    const room = this.#freeBySize.get(size)?.pop();
    if (room !== undefined) this.#freeBytes -= size;
    return room;
  }

  #create(size: number): Room {
    const room = { memory: Buffer.allocUnsafeSlow(size).buffer, users: 0 };
    this.#rooms.set(room.memory, room);
    return room;
  }

  #leave(room: Room): void {
    room.users -= 1;
    if (room.users > 0) return;
    const size = room.memory.byteLength;
    if (this.#freeBytes + size > FREE_BYTES_MAX) return;
    const free = this.#freeBySize.get(size);
    if (free === undefined) this.#freeBySize.set(size, [room]);
    else free.push(room);
    this.#freeBytes += size;
  }
}

function bufferSize(byteCount: number): number {
  return byteCount <= BUFFER_BYTES_MIN ? BUFFER_BYTES_MIN : 2 ** (32 - Math.clz32(byteCount - 1));
}
