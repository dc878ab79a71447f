/**
 * How much waits in Engine.IO's own buffer: for a polling client that stops polling,
 * all of it. Counted as it grows, since the buffer is looked at for every event.
 */
export class PollingBufferSize {
  #buffer: readonly unknown[] = [];
  #counted = 0;
  #bytes = 0;

  /** Of a list that only grows, until it is replaced. Text counts as a byte for each unit. */
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
