/** Writes headers of final frames without a mask (RFC 6455 sections 5.1 and 5.2). */
import type { Buffer } from 'node:buffer';
import { FINAL_BIT } from './frame-header.ts';

/** Bytes of the header for a payload of this size: 2, 4 or 10. */
export function frameHeaderBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes <= 0xffff ? 4 : 10;
}

/** Writes a header into `target` at `offset`; needs `frameHeaderBytes` free bytes there. */
export function writeFrameHeader(target: Buffer, opcode: number, payloadBytes: number, offset = 0) {
  target[offset] = FINAL_BIT | opcode;
  if (payloadBytes < 126) {
    target[offset + 1] = payloadBytes;
  } else if (payloadBytes <= 0xffff) {
    target[offset + 1] = 126;
    target[offset + 2] = payloadBytes >>> 8;
    target[offset + 3] = payloadBytes;
  } else {
    target[offset + 1] = 127;
    target.writeBigUInt64BE(BigInt(payloadBytes), offset + 2);
  }
}
