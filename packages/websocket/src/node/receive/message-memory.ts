/**
 * Memory for messages that the application may keep: small ones share a slab.
 *
 * It is outside of V8's heap, where 64 MiB of it trigger a full collection. Young objects are
 * collected earlier, which is cheap and frees the messages while their memory is still in the
 * caches.
 */
import { Buffer } from 'node:buffer';
import type { HandOut } from '../../protocol/message-assembler.ts';
import { copyOffset } from '../aligned-copy.ts';
import { viewBuffer } from './buffer-view.ts';
import { forbidTransfer } from './forbid-transfer.ts';
import { collectYoungObjects } from './young-collection.ts';

/** A kept message keeps at most this much of other messages: four of 16 KiB, with gaps. */
const SLAB_BYTES = 65_600;

const SHARED_BYTES_MAX = 32_768;

/** Of a frame of this size without a mask. */
const HEADER_BYTES = 4;

/** Copies from this size on have space for a header, so that they can be sent back as they are. */
const ROOMY_BYTES_MIN = 4_096;

const COLLECTED_BYTES = 4_194_304;

let slabMemory: ArrayBufferLike | undefined;
let usedBytes = SLAB_BYTES;
let bytesSinceCollection = 0;
/** The latest copy with space for a header before it, in this slab. */
let roomyCopy: Buffer | undefined;

/** Allocates bytes that need not be zeroed, in memory of their own. */
export function allocateOwn(byteCount: number): Buffer {
  bytesSinceCollection += byteCount;
  if (bytesSinceCollection > COLLECTED_BYTES) {
    bytesSinceCollection = 0;
    collectYoungObjects();
  }
  return Buffer.allocUnsafeSlow(byteCount);
}

export function copyMessage(message: Uint8Array): Buffer {
  const byteCount = message.length;
  if (byteCount > SHARED_BYTES_MAX) {
    const own = allocateOwn(byteCount);
    own.set(message);
    return own;
  }
  const headerBytes = byteCount < ROOMY_BYTES_MIN ? 0 : HEADER_BYTES;
  let start = copyOffset(usedBytes + headerBytes, message);
  if (slabMemory === undefined || start + byteCount > SLAB_BYTES) {
    slabMemory = allocateOwn(SLAB_BYTES).buffer;
    forbidTransfer(slabMemory);
    roomyCopy = undefined;
    start = copyOffset(headerBytes, message);
  }
  const copy = viewBuffer(slabMemory, start, byteCount);
  copy.set(message);
  usedBytes = start + byteCount;
  if (headerBytes > 0) roomyCopy = copy;
  return copy;
}

/**
 * The same bytes with space for their header before them, if that is there. Only once for each
 * message: a header may be on its way to the system when the next one is written.
 */
export function takeWithHeader(message: Uint8Array): Buffer | undefined {
  if (message !== roomyCopy || slabMemory === undefined) return undefined;
  roomyCopy = undefined;
  return viewBuffer(slabMemory, message.byteOffset - HEADER_BYTES, HEADER_BYTES + message.length);
}

/** Copies bytes whose first one has the index `start`; returns a function for parts of the copy. */
export function copyRange(bytes: Uint8Array, start: number): HandOut {
  const copy = copyMessage(bytes);
  if (slabMemory === undefined || copy.length > SHARED_BYTES_MAX) {
    return (from, to) => copy.subarray(from - start, to - start);
  }
  // Reading its address from the copy is a call out of compiled code.
  const memory = slabMemory;
  const shift = usedBytes - copy.length - start;
  return (from, to) =>
    to - from === copy.length ? copy : viewBuffer(memory, from + shift, to - from);
}
