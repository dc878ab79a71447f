/** Masks each frame of a client with an unpredictable key (RFC 6455 sections 5.3 and 10.3). */
import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';
import { MASK_BIT } from '../../protocol/frame-header.ts';
import { applyMask } from '../../protocol/mask.ts';
import { headerBytesOf } from '../send/message-encoder.ts';
import type { MaskFrame } from '../send/sender.ts';

const KEY_BYTES = 4;

/** Keys are drawn 256 at a time: a draw costs more than the bytes it returns. */
const POOL_BYTES = 1_024;

/** Masks with keys from the given source; no key is used twice. */
export function createMask(fill: (target: Uint8Array) => unknown = randomFillSync): MaskFrame {
  const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
  let offset = POOL_BYTES;
  return (frame) => {
    if (offset === POOL_BYTES) {
      fill(pool);
      offset = 0;
    }
    const key = pool.readUInt32BE(offset);
    offset += KEY_BYTES;
    return maskFrame(frame, key);
  };
}

/** Returns a masked copy: the application's bytes are not changed. */
export function maskFrame(frame: Uint8Array, key: number): Buffer {
  const headerBytes = headerBytesOf(frame);
  const masked = Buffer.allocUnsafe(frame.length + KEY_BYTES);
  masked.set(frame.subarray(0, headerBytes));
  masked[1] = (masked[1] ?? 0) | MASK_BIT;
  masked.writeUInt32BE(key, headerBytes);
  masked.set(frame.subarray(headerBytes), headerBytes + KEY_BYTES);
  applyMask(masked, key, headerBytes + KEY_BYTES);
  return masked;
}
