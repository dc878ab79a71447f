/**
 * Counts the bytes in Engine.IO's own buffer, in which everything collects if a polling client stops
 * polling. Counts incrementally, because the buffer is checked for every event.
 */
export class PollingBufferSize {
  #buffer: readonly unknown[] = [];
  #counted = 0;
  #bytes = 0;

  /** Bytes of a list that only grows until it is replaced. Text counts one byte per UTF-16 unit. */
  of(buffer: readonly { readonly data?: unknown }[]): number {
    if (buffer !== this.#buffer || buffer.length < this.#counted) {
      this.#buffer = buffer;
      this.#counted = 0;
      this.#bytes = 0;
    }
    for (; this.#counted < buffer.length; this.#counted += 1) {
      const { data } = buffer[this.#counted] ?? {};
      this.#bytes += typeof data === 'string' || Buffer.isBuffer(data) ? data.length : 0;
    }
    return this.#bytes;
  }
}
