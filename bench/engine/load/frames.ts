/**
 * Frames of both sides, encoded by the benchmark itself: the load must not depend on the code that
 * it measures.
 */

export const OPCODES = { text: 0x1, close: 0x8 } as const;

const FINAL_BIT = 0x80;
const MASK_BIT = 0x80;
const DEFLATED_BIT = 0x40;

interface FrameOptions {
  readonly opcode: number;
  readonly isDeflated?: boolean;
  /** Present in frames of clients. */
  readonly maskKey?: Uint8Array;
}

export function encodeFrame(
  payload: Buffer,
  { opcode, isDeflated, maskKey }: FrameOptions,
): Buffer {
  const first = FINAL_BIT | (isDeflated === true ? DEFLATED_BIT : 0) | opcode;
  const maskBit = maskKey === undefined ? 0 : MASK_BIT;
  const head = Buffer.from([first, ...lengthBytes(payload.length, maskBit)]);
  if (maskKey === undefined) return Buffer.concat([head, payload]);
  const masked = payload.map((byte, index) => byte ^ (maskKey[index & 3] ?? 0));
  return Buffer.concat([head, maskKey, masked]);
}

function lengthBytes(length: number, maskBit: number): readonly number[] {
  if (length < 126) return [maskBit | length];
  if (length <= 0xffff) return [maskBit | 126, length >>> 8, length & 0xff];
  const long = Buffer.alloc(8);
  long.writeBigUInt64BE(BigInt(length));
  return [maskBit | 127, ...long];
}

export interface ServerFrame {
  readonly opcode: number;
  readonly isDeflated: boolean;
  readonly payload: Buffer;
  /** Header and payload. */
  readonly byteCount: number;
}

/** Parses a server's frame at the start of `bytes`; `undefined` if it is incomplete. */
export function readServerFrame(bytes: Buffer): ServerFrame | undefined {
  if (bytes.length < 2) return undefined;
  const code = bytes.readUInt8(1);
  const headBytes = code < 126 ? 2 : code === 126 ? 4 : 10;
  if (bytes.length < headBytes) return undefined;
  const length =
    code < 126 ? code : code === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const byteCount = headBytes + length;
  if (bytes.length < byteCount) return undefined;
  const first = bytes.readUInt8(0);
  return {
    opcode: first & 0x0f,
    isDeflated: (first & DEFLATED_BIT) !== 0,
    payload: bytes.subarray(headBytes, byteCount),
    byteCount,
  };
}
