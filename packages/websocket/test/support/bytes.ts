/** Builders of bytes and of client frames. */
import { applyMask } from '../../src/protocol/mask.ts';

/** `bytes('81 05 48')`: hexadecimal, with optional blanks. */
export function bytes(hex: string): Buffer {
  return Buffer.from(hex.replace(/\s+/g, ''), 'hex');
}

/** A number as bytes: `uint(0x1234, 2)`. */
export function uint(value: number, byteCount: number): Buffer {
  const buffer = Buffer.alloc(byteCount);
  buffer.writeUIntBE(value, 0, byteCount);
  return buffer;
}

interface FrameParts {
  readonly isFinal?: boolean;
  readonly reservedBits?: number;
  /** Four bytes in wire order. */
  readonly key?: number;
}

/** A masked frame with its length in the shortest form. */
export function clientFrame(
  opcode: number,
  payload: string | Uint8Array = '',
  { isFinal = true, reservedBits = 0, key = 0x37fa213d }: FrameParts = {},
): Buffer {
  const content = Buffer.from(payload);
  const first = (isFinal ? 0x80 : 0) | reservedBits | opcode;
  applyMask(content, key);
  return Buffer.concat([
    Buffer.from([first]),
    maskedLength(content.length),
    uint(key >>> 0, 4),
    content,
  ]);
}

export const text = (payload: string | Uint8Array, parts?: FrameParts) =>
  clientFrame(0x1, payload, parts);
export const binary = (payload: string | Uint8Array, parts?: FrameParts) =>
  clientFrame(0x2, payload, parts);
export const continuation = (payload: string | Uint8Array, parts?: FrameParts) =>
  clientFrame(0x0, payload, parts);
export const ping = (payload: string | Uint8Array = '') => clientFrame(0x9, payload);
export const pong = (payload: string | Uint8Array = '') => clientFrame(0xa, payload);

/** A close frame; empty without a code. */
export function close(code?: number, reason: string | Uint8Array = ''): Buffer {
  if (code === undefined) return clientFrame(0x8);
  return clientFrame(0x8, Buffer.concat([uint(code, 2), Buffer.from(reason)]));
}

/** The length of the first frame, or a lower bound while its header is incomplete. */
export function frameBytes(bytes: Buffer): number {
  const [, second] = bytes;
  if (second === undefined) return 2;
  const length = second & 0x7f;
  const key = (second & 0x80) === 0 ? 0 : 4;
  if (length < 126) return 2 + key + length;
  if (length === 126) return bytes.length < 4 ? 4 : 4 + key + bytes.readUInt16BE(2);
  return bytes.length < 10 ? 10 : 10 + key + Number(bytes.readBigUInt64BE(2));
}

function maskedLength(length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | length]);
  if (length < 65_536) return Buffer.concat([Buffer.from([0xfe]), uint(length, 2)]);
  return Buffer.concat([Buffer.from([0xff, 0, 0]), uint(length, 6)]);
}
