/**
 * Joins small chunks of output into one buffer, and remembers the last result.
 *
 * The members of a group get the same frames in the same order; joined once, the bytes are shared
 * by all of them.
 */
import { Buffer } from 'node:buffer';

export class ConcatCache {
  #chunks: readonly Uint8Array[] = [];
  #joined: Uint8Array | undefined;

  /** Returns the chunks in one buffer; the same buffer as last time, if the chunks are the same. */
  join(chunks: readonly Uint8Array[]): Uint8Array {
    if (this.#joined === undefined || !areSame(chunks, this.#chunks)) {
      this.#chunks = chunks;
      this.#joined = Buffer.concat(chunks);
    }
    return this.#joined;
  }

  /** Releases the bytes. */
  clear(): void {
    this.#chunks = [];
    this.#joined = undefined;
  }
}

function areSame(left: readonly Uint8Array[], right: readonly Uint8Array[]): boolean {
  return left.length === right.length && left.every((chunk, index) => chunk === right[index]);
}
