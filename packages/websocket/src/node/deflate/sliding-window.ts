/**
 * The last bytes that one direction of a connection carried compressed. Passed to zlib as a
 * dictionary they give the same result as a zlib context that is kept between messages, take at
 * most 32 KiB instead of up to 260, and let any thread compress any message.
 */

const NO_BYTES = new Uint8Array(0);

const BUFFER_BYTES_MIN = 1_024;

export class SlidingWindow {
  readonly #bytesMax: number;
  #memory: Uint8Array = NO_BYTES;
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** At most `bytesMax` bytes, valid until the next change; `undefined` without any. */
  get bytes(): Uint8Array | undefined {
    return this.#length === 0 ? undefined : this.#memory.subarray(0, this.#length);
  }

  append(bytes: Uint8Array): void {
    const added = bytes.length > this.#bytesMax ? bytes.subarray(-this.#bytesMax) : bytes;
    const kept = Math.min(this.#length, this.#bytesMax - added.length);
    this.#ensureCapacity(kept + added.length);
    this.#memory.copyWithin(0, this.#length - kept, this.#length);
    this.#memory.set(added, kept);
    this.#length = kept + added.length;
  }

  #ensureCapacity(byteCount: number): void {
    if (this.#memory.length >= byteCount) return;
    const wanted = Math.max(byteCount, this.#memory.length * 2, BUFFER_BYTES_MIN);
    const memory = new Uint8Array(Math.min(wanted, this.#bytesMax));
    memory.set(this.#memory);
    this.#memory = memory;
  }
}
