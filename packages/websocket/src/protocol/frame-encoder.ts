/**
 * Writes frame headers as a server sends them: final, unmasked, length in its
 * shortest form. The payload behind it is the caller's.
 *
 * Source: RFC 6455 sections 5.1 and 5.2. Requirements WS-066, WS-086.
 */

const FINAL_BIT = 0x80;

/** How many bytes the header in front of such a payload takes: 2, 4 or 10. */
export function frameHeaderBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes <= 0xffff ? 4 : 10;
}

/** Writes a header into `target` at `offset`, where there is room for `frameHeaderBytes` of it. */
export function writeFrameHeader(
  target: Uint8Array,
  opcode: number,
  payloadBytes: number,
  offset = 0,
): void {
  target[offset] = FINAL_BIT | opcode;
  if (payloadBytes < 126) {
    target[offset + 1] = payloadBytes;
  } else if (payloadBytes <= 0xffff) {
    target[offset + 1] = 126;
    target[offset + 2] = payloadBytes >>> 8;
    target[offset + 3] = payloadBytes;
  } else {
    target[offset + 1] = 127;
    writeUint32(target, offset + 2, Math.floor(payloadBytes / 0x1_0000_0000));
    writeUint32(target, offset + 6, payloadBytes >>> 0);
  }
}

function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}
