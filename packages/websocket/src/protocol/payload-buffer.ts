/**
 * Collects the pieces of one payload, and joins them once at the end. Pieces are copied, since the
 * read buffer is reused: to their final offset if the length is known and enough bytes have arrived
 * to justify the allocation, else into chunks that grow with the received bytes.
 */

/** From a few bytes to 64 KiB; a larger piece gets a chunk of its own. */
const BUFFER_BYTES_MIN = 256;
const BUFFER_BYTES_MAX = 65_536;

/** The largest ratio of announced to received bytes for which memory is allocated in advance. */
const ANNOUNCED_SHARE_MAX = 16;

export const NO_BYTES: Uint8Array = new Uint8Array(0);

export interface BufferAllocator {
  /** Returns bytes that need not be zeroed: all of them are written. */
  allocate(byteCount: number): Uint8Array;
  release(buffer: Uint8Array): void;
}

/** Buffers that are reused as soon as the read in which they were released ends. */
export interface PooledBuffers extends BufferAllocator {
  /** Whether the buffer is one of these: larger ones are not reused. */
  contains(buffer: Uint8Array): boolean;
}

/** Frees memory at once: it is outside of the heap, where garbage could pile up unnoticed. */
export function freeNow({ buffer: memory, byteLength }: Uint8Array): void {
  if (byteLength > 0 && memory instanceof ArrayBuffer) memory.transfer?.(0);
}

const NEW_BUFFERS: BufferAllocator = {
  allocate: (byteCount) => new Uint8Array(byteCount),
  release: freeNow,
};

export class PayloadBuffer {
  readonly #expectedBytes: number;
  readonly #allocator: BufferAllocator;
  readonly #full: Uint8Array[] = [];
  #buffer: Uint8Array = NO_BYTES;
  #bufferBytesUsed = 0;
  #byteCount = 0;

  /** @param expectedBytes Bytes in total; 0 if unknown. */
  constructor(expectedBytes = 0, allocator: BufferAllocator = NEW_BUFFERS) {
    this.#expectedBytes = expectedBytes;
    this.#allocator = allocator;
  }

  add(piece: Uint8Array): void {
    this.#byteCount += piece.length;
    if (this.#buffer.length - this.#bufferBytesUsed < piece.length)
      this.#ensureCapacity(piece.length);
    this.#buffer.set(piece, this.#bufferBytesUsed);
    this.#bufferBytesUsed += piece.length;
  }

  /** Bytes of the pieces, including memory reserved for later pieces. */
  get heldBytes(): number {
    return this.#byteCount - this.#bufferBytesUsed + this.#buffer.length;
  }

  /** All bytes in order. The list must not be used afterwards. */
  join(): Uint8Array {
    const isJoined = this.#full.length === 0 && this.#bufferBytesUsed === this.#buffer.length;
    if (!isJoined) this.#moveToBuffer(this.#byteCount);
    return this.#buffer;
  }

  /** Releases the memory of a payload that is given up. The list must not be used afterwards. */
  clear(): void {
    for (const buffer of [...this.#full.splice(0), this.#buffer]) this.#allocator.release(buffer);
    this.#buffer = NO_BYTES;
  }

  #ensureCapacity(byteCount: number): void {
    if (this.#byteCount * ANNOUNCED_SHARE_MAX >= this.#expectedBytes && this.#expectedBytes > 0) {
      this.#moveToBuffer(this.#expectedBytes);
      return;
    }
    if (this.#bufferBytesUsed > 0) this.#full.push(this.#buffer.subarray(0, this.#bufferBytesUsed));
    const wanted = Math.min(Math.max(this.#byteCount, BUFFER_BYTES_MIN), BUFFER_BYTES_MAX);
    this.#buffer = this.#allocator.allocate(Math.max(wanted, byteCount));
    this.#bufferBytesUsed = 0;
  }

  #moveToBuffer(byteCount: number): void {
    this.#full.push(this.#buffer.subarray(0, this.#bufferBytesUsed));
    this.#buffer = this.#allocator.allocate(byteCount);
    this.#bufferBytesUsed = 0;
    for (const buffer of this.#full.splice(0)) {
      this.#buffer.set(buffer, this.#bufferBytesUsed);
      this.#bufferBytesUsed += buffer.length;
      this.#allocator.release(buffer);
    }
  }
}
