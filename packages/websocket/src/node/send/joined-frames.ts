/**
 * Small frames that wait for a slow peer, as copies in one piece of memory: an object and a buffer
 * for each would be many times as large as the frames.
 */
import { Buffer } from 'node:buffer';

/** As much as one write to a slow peer takes. */
const BYTES_MAX = 65_536;

/** Is an entry of a `SendQueue`. */
export class JoinedFrames {
  #bytes = Buffer.alloc(0);
  byteCount = 0;

  /** Whether there was space for the frame. */
  add(frame: Uint8Array): boolean {
    const byteCount = this.byteCount + frame.length;
    if (byteCount > BYTES_MAX) return false;
    if (byteCount > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(2 * byteCount, BYTES_MAX));
      larger.set(this.#bytes.subarray(0, this.byteCount));
      this.#bytes = larger;
    }
    this.#bytes.set(frame, this.byteCount);
    this.byteCount = byteCount;
    return true;
  }

  get chunks(): readonly [Uint8Array] {
    return [this.#bytes.subarray(0, this.byteCount)];
  }
}
