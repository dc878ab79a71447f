/**
 * The buffer in which the answers to one read are put together, so that they
 * leave with one write and without a buffer of their own each.
 *
 * It is lent to one connection at a time, for the length of a read, and serves
 * all connections of a server: what the system took at once is copied by then,
 * and the room is free again. Where bytes had to wait, they stay where they are,
 * and the next borrower gets a new buffer.
 */

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { frameHeaderBytes, writeFrameHeader } from '../../protocol/frame-encoder.ts';

/** The answers to a read of 64 KiB, with some more. */
const SCRATCH_BYTES = 81_920;

export class ScratchBuffer {
  #bytes: Buffer | undefined;
  #usedBytes = 0;
  #isLent = false;

  /** Lends it, empty; `undefined` where it is lent already. */
  lend(): this | undefined {
    if (this.#isLent) return undefined;
    this.#isLent = true;
    this.#usedBytes = 0;
    this.#bytes ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    return this;
  }

  /** Ends the loan. `isTaken` says that nobody needs the bytes in it any more. */
  giveBack({ isTaken }: { readonly isTaken: boolean }): void {
    this.#isLent = false;
    if (!isTaken) this.#bytes = undefined;
  }

  /** What was added, where it lies. */
  get content(): Buffer {
    return this.#room.subarray(0, this.#usedBytes);
  }

  /** Adds a copy; gives the count of bytes added, or 0 where there is no room for them. */
  add(part: Uint8Array): number {
    if (this.#usedBytes + part.length > SCRATCH_BYTES) return 0;
    this.#room.set(part, this.#usedBytes);
    this.#usedBytes += part.length;
    return part.length;
  }

  /** Adds the frame of a whole message, as `add` does. */
  addFrame(opcode: number, data: string | Uint8Array): number {
    const payloadBytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    const headerBytes = frameHeaderBytes(payloadBytes);
    const start = this.#usedBytes + headerBytes;
    if (start + payloadBytes > SCRATCH_BYTES) return 0;
    const room = this.#room;
    writeFrameHeader(room, opcode, payloadBytes, this.#usedBytes);
    if (typeof data === 'string') room.write(data, start);
    else room.set(data, start);
    this.#usedBytes = start + payloadBytes;
    return headerBytes + payloadBytes;
  }

  /** There while it is lent. */
  get #room(): Buffer {
    assert(this.#bytes !== undefined, 'the scratch is lent');
    return this.#bytes;
  }
}
