/**
 * The last bytes that one direction of a connection carried compressed: the data that the next
 * message may refer to.
 *
 * It replaces a zlib context that is kept between messages: passed to zlib as a dictionary it
 * produces the same bytes, takes at most 32 KiB instead of up to 260, and lets any thread compress
 * any message at once. Memory is allocated as bytes arrive.
 */

const NO_BYTES = new Uint8Array(0);

const BUFFER_BYTES_MIN = 1_024;

export class History {
  readonly #bytesMax: number;
  #room: Uint8Array = NO_BYTES;
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** At most `bytesMax` bytes, valid until the next change. */
  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  append(bytes: Uint8Array): void {
    const added = bytes.length > this.#bytesMax ? bytes.subarray(-this.#bytesMax) : bytes;
    const kept = Math.min(this.#length, this.#bytesMax - added.length);
    this.#makeCapacity(kept + added.length);
    this.#room.copyWithin(0, this.#length - kept, this.#length);
    this.#room.set(added, kept);
    this.#length = kept + added.length;
  }

  /** Releases everything, memory too. */
  clear(): void {
    this.#room = NO_BYTES;
    this.#length = 0;
  }

  #makeCapacity(byteCount: number): void {
    if (this.#room.length >= byteCount) return;
    const wanted = Math.max(byteCount, this.#room.length * 2, BUFFER_BYTES_MIN);
    const room = new Uint8Array(Math.min(wanted, this.#bytesMax));
    room.set(this.bytes);
    this.#room = room;
  }
}
