/**
 * A pool of buffers in which messages are assembled that arrive in several reads. They are passed
 * on without a copy, or copied when they are complete: see the option `readBuffer`.
 *
 * A new buffer for each message is memory outside of the heap, and 64 MiB of it trigger a full
 * garbage collection, which was up to two thirds of all work. A buffer is free
 * again when its message was handled and no sender claims it. A copy for the application is younger
 * than memory allocated when the message begins, which only a full collection frees.
 */
import { Buffer } from 'node:buffer';
import { freeNow, type PooledBuffers } from '../../protocol/payload-buffer.ts';
import { forbidTransfer } from './forbid-transfer.ts';

/** Buffer sizes are powers of two, so that no buffer is more than twice the requested size. */
const BUFFER_BYTES_MIN = 1_024;
const BUFFER_BYTES_MAX = 1_048_576;

const FREE_BYTES_MAX = 16_777_216;

interface PoolEntry {
  readonly memory: ArrayBufferLike;
  /** The listeners of its message, and the senders that claimed it. */
  users: number;
}

export class MessageBufferPool implements PooledBuffers {
  /** Finds pooled buffers in constant time, and keeps none of them alive. */
  readonly #entries = new WeakMap<ArrayBufferLike, PoolEntry>();
  readonly #freeBySize = new Map<number, PoolEntry[]>();
  #freeBytes = 0;
  readonly #released: PoolEntry[] = [];
  #readings = 0;

  allocate(byteCount: number): Uint8Array {
    if (byteCount > BUFFER_BYTES_MAX) return Buffer.allocUnsafeSlow(byteCount);
    const size = 2 ** (32 - Math.clz32(Math.max(byteCount, BUFFER_BYTES_MIN) - 1));
    let entry = this.#freeBySize.get(size)?.pop();
    if (entry === undefined) {
      entry = { memory: Buffer.allocUnsafeSlow(size).buffer, users: 0 };
      forbidTransfer(entry.memory);
      this.#entries.set(entry.memory, entry);
    } else {
      this.#freeBytes -= size;
    }
    entry.users = 1;
    return Buffer.from(entry.memory, 0, byteCount);
  }

  release(buffer: Uint8Array): void {
    const entry = this.#entries.get(buffer.buffer);
    if (entry === undefined) {
      freeNow(buffer);
      return;
    }
    // Outside of reads no listener uses it: senders have written it, or its message never ends.
    if (this.#readings === 0) this.#leave(entry);
    else this.#released.push(entry);
  }

  /** Whether these bytes are overwritten after the listeners have returned. */
  contains({ buffer: memory }: Uint8Array): boolean {
    return this.#entries.has(memory);
  }

  /** Keeps pooled bytes until one more `release`; returns whether they are pooled. */
  claim({ buffer: memory }: Uint8Array): boolean {
    const entry = this.#entries.get(memory);
    if (entry !== undefined) entry.users += 1;
    return entry !== undefined;
  }

  /** Call it before a read is handled, and `endReading` afterwards; may be nested. */
  beginReading(): void {
    this.#readings += 1;
  }

  endReading(): void {
    this.#readings -= 1;
    // A listener may write to a stream that is read at once: its own buffer is still needed then.
    if (this.#readings > 0) return;
    for (let entry = this.#released.pop(); entry !== undefined; entry = this.#released.pop()) {
      this.#leave(entry);
    }
  }

  #leave(entry: PoolEntry): void {
    entry.users -= 1;
    if (entry.users > 0) return;
    const size = entry.memory.byteLength;
    if (this.#freeBytes + size > FREE_BYTES_MAX) return;
    const free = this.#freeBySize.get(size);
    if (free === undefined) this.#freeBySize.set(size, [entry]);
    else free.push(entry);
    this.#freeBytes += size;
  }
}
