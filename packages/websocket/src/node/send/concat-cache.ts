/**
 * Joins small parts of output into one buffer, and remembers the last result.
 *
 * The members of a room are owed the same frames in the same order; joined once,
 * the bytes are shared by all of them.
 */
import { Buffer } from 'node:buffer';

export class ConcatCache {
  #parts: readonly Uint8Array[] = [];
  #joined: Uint8Array | undefined;

  /** The parts in one buffer; the same buffer as last time, if they are the same parts. */
  join(parts: readonly Uint8Array[]): Uint8Array {
    if (this.#joined === undefined || !areSame(parts, this.#parts)) {
      this.#parts = parts;
      this.#joined = Buffer.concat(parts);
    }
    return this.#joined;
  }

  /** Lets go of the bytes. */
  clear(): void {
    this.#parts = [];
    this.#joined = undefined;
  }
}

function areSame(left: readonly Uint8Array[], right: readonly Uint8Array[]): boolean {
  return left.length === right.length && left.every((part, index) => part === right[index]);
}
