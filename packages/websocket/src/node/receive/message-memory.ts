/**
 * Memory for messages that the application may keep: small ones share a slab.
 *
 * This memory is outside of V8's heap, where 64 MiB of it trigger a full collection. Young objects
 * are therefore collected earlier: that is cheap and frees the messages, so that their memory is
 * soon reused while it is still in the caches (docs/benchmarks.md).
 */
import { Buffer } from 'node:buffer';
import { collectYoungObjects } from './young-collection.ts';

/** A kept message keeps at most this much of other messages. */
const SLAB_BYTES = 65_536;

const SHARED_BYTES_MAX = SLAB_BYTES / 2;

/** Allocated bytes after which young objects are collected. */
const COLLECTED_BYTES = 4_194_304;

let slab: Buffer | undefined;
let slabMemory: ArrayBufferLike;
let usedBytes = SLAB_BYTES;
let bytesSinceCollection = 0;

/** Allocates bytes that need not be zeroed, in memory of their own. */
export function allocateOwn(byteCount: number): Buffer {
  bytesSinceCollection += byteCount;
  if (bytesSinceCollection > COLLECTED_BYTES) {
    bytesSinceCollection = 0;
    collectYoungObjects();
  }
  return Buffer.allocUnsafeSlow(byteCount);
}

/** Copies the bytes of `source` from `start` to `end`. */
export function copyMessage(source: Buffer, start: number, end: number): Buffer {
  const byteCount = end - start;
  if (byteCount > SHARED_BYTES_MAX) {
    const own = allocateOwn(byteCount);
    source.copy(own, 0, start, end);
    return own;
  }
  if (slab === undefined || usedBytes + byteCount > SLAB_BYTES) {
    slab = allocateOwn(SLAB_BYTES);
    slabMemory = slab.buffer;
    usedBytes = 0;
  }
  source.copy(slab, usedBytes, start, end);
  const copy = Buffer.from(slabMemory, usedBytes, byteCount);
  usedBytes += byteCount;
  return copy;
}
