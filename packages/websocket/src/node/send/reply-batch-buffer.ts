/**
 * The buffer in which the answers to one read are collected, so that they leave with one write. It
 * serves all connections of a server, each during a read: bytes that the system accepted at once
 * are copied by then. If bytes had to wait, they stay in place, and the next user gets a new
 * buffer.
 */
import { Buffer } from 'node:buffer';
import { frameHeaderBytes, writeFrameHeader } from '../../protocol/frame-encoder.ts';
import { copyOffset } from '../aligned-copy.ts';
import { viewBuffer } from '../receive/buffer-view.ts';
import { takeWithHeader } from '../receive/message-memory.ts';
import type { SendCallback } from './send-queue.ts';

/** The answers to a read of 128 KiB, with some margin. */
export const REPLY_BATCH_BYTES = 147_456;

const NO_BYTES = Buffer.alloc(0);

/** Answers up to this size are written from views that are created once. */
const VIEWED_BYTES_MAX = 2_048;

type Chunks = readonly [Buffer];

/** May be written only between `acquire` and `release`. */
export class ReplyBatchBuffer {
  #bytes = NO_BYTES;
  /** Of `#bytes`, which takes longer to return it than the creation of a view on it. */
  #memory = NO_BYTES.buffer;
  /** Of its first bytes, by their number. */
  #views: (Chunks | undefined)[] = [];
  /** Where its content begins and ends. */
  #start = 0;
  #end = 0;
  /** The only frame, in the memory of the received message that it returns. */
  #returned: Buffer | undefined;
  callbacks: SendCallback[] | undefined;
  #isInUse = false;

  /** Assigns it, empty; `undefined` if it is in use. */
  acquire(): this | undefined {
    if (this.#isInUse) return undefined;
    this.#isInUse = true;
    this.#start = 0;
    this.#end = 0;
    this.callbacks = undefined;
    if (this.#bytes === NO_BYTES) {
      this.#bytes = Buffer.allocUnsafeSlow(REPLY_BATCH_BYTES);
      this.#memory = this.#bytes.buffer;
      this.#views = new Array(VIEWED_BYTES_MAX + 1);
    }
    return this;
  }

  /** Ends the use. `isWritten` says that its bytes are no longer needed. */
  release({ isWritten }: { readonly isWritten: boolean }): void {
    this.#isInUse = false;
    if (!isWritten && this.#returned === undefined) this.#bytes = NO_BYTES;
    this.#returned = undefined;
  }

  get byteCount(): number {
    return this.#end - this.#start;
  }

  get chunks(): Chunks {
    const { byteCount } = this;
    if (this.#returned !== undefined) return [this.#returned];
    const isViewed = this.#start === 0 && byteCount <= VIEWED_BYTES_MAX;
    const found = isViewed ? this.#views[byteCount] : undefined;
    if (found !== undefined) return found;
    const chunks: Chunks = [viewBuffer(this.#memory, this.#start, byteCount)];
    if (isViewed) this.#views[byteCount] = chunks;
    return chunks;
  }

  /** Adds a copy; returns whether it fits. */
  add(chunk: Uint8Array, done?: SendCallback): boolean {
    this.copyReturned();
    if (this.#end + chunk.length > REPLY_BATCH_BYTES) return false;
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
    this.#addCallback(done);
    return true;
  }

  /** Adds the frame of a whole message, as `add` does. */
  addFrame(opcode: number, data: string | Uint8Array, done?: SendCallback): boolean {
    const payloadBytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    const headerBytes = frameHeaderBytes(payloadBytes);
    if (this.#end > 0) {
      this.copyReturned();
    } else if (typeof data !== 'string') {
      this.#returned = takeWithHeader(data);
      if (this.#returned !== undefined) {
        writeFrameHeader(this.#returned, opcode, payloadBytes);
        this.#end = this.#returned.length;
        this.#addCallback(done);
        return true;
      }
      this.#start = copyOffset(0, data, headerBytes);
      this.#end = this.#start;
    }
    const start = this.#end + headerBytes;
    if (start + payloadBytes > REPLY_BATCH_BYTES) return false;
    writeFrameHeader(this.#bytes, opcode, payloadBytes, this.#end);
    if (typeof data === 'string') this.#bytes.write(data, start);
    else this.#bytes.set(data, start);
    this.#end = start + payloadBytes;
    this.#addCallback(done);
    return true;
  }

  /** Frees the message that is returned: its owner may change it afterwards. */
  copyReturned(): void {
    const frame = this.#returned;
    if (frame === undefined) return;
    this.#returned = undefined;
    this.#start = copyOffset(0, frame);
    this.#bytes.set(frame, this.#start);
    this.#end = this.#start + frame.length;
  }

  #addCallback(done: SendCallback | undefined): void {
    if (done === undefined) return;
    this.callbacks ??= [];
    this.callbacks.push(done);
  }
}
