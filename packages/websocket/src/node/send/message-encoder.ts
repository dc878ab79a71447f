/** Encodes messages and fragments as frames without a mask; a client masks them afterwards. */
import { Buffer } from 'node:buffer';
import { WebSocketError } from '../../protocol/errors.ts';
import { frameHeaderBytes, writeFrameHeader } from '../../protocol/frame-encoder.ts';
import { FINAL_BIT, RESERVED_BITS } from '../../protocol/frame-header.ts';
import type { FrameObserver } from '../../protocol/receiver.ts';

/** Bits of the first byte of a frame (RFC 6455 section 5.2). */
export const OPCODE_BITS = 0x0f;

/** Returns header and payload in one buffer; `opcode` may include reserved bits. */
export function encodeMessage(opcode: number, data: string | Uint8Array): Buffer {
  assertMessage(data);
  const payloadBytes = payloadBytesOf(data);
  const headerBytes = frameHeaderBytes(payloadBytes);
  const frame = Buffer.allocUnsafe(headerBytes + payloadBytes);
  writeFrameHeader(frame, opcode, payloadBytes);
  if (typeof data === 'string') frame.write(data, headerBytes);
  else frame.set(data, headerBytes);
  return frame;
}

export function encodeFragment(opcode: number, payload: Uint8Array, isFinal: boolean): Buffer {
  const frame = encodeMessage(opcode, payload);
  // Without the FIN bit.
  if (!isFinal) frame[0] = opcode;
  return frame;
}

export function toPayload(data: string | Uint8Array): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  assertMessage(data);
  return data;
}

export function encodeHeader(opcode: number, payloadBytes: number): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderBytes(payloadBytes));
  writeFrameHeader(header, opcode, payloadBytes);
  return header;
}

/** Bytes of a payload; 0 for other values that plain JavaScript may pass. */
export function payloadBytesOf(data: string | Uint8Array): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : (data?.length ?? 0);
}

/** Plain JavaScript may pass any value. */
export function assertMessage(data: string | Uint8Array): void {
  if (typeof data === 'string' || data instanceof Uint8Array) return;
  throw new WebSocketError('a message must be a string or a Uint8Array', 'INVALID_ARGUMENT');
}

export function opcodeOf(frame: Uint8Array | undefined): number {
  return (frame?.[0] ?? 0) & OPCODE_BITS;
}

/** Length of the header of an unmasked frame: 2, 4 or 10. */
export function headerBytesOf(frame: Uint8Array): number {
  const lengthCode = frame[1] ?? 0;
  return lengthCode < 126 ? 2 : lengthCode === 126 ? 4 : 10;
}

/** Shows a frame before it is masked, and the header of what is `sent`. */
export function showFrame(observer: FrameObserver, frame: Uint8Array, sent = frame): void {
  const [first = 0] = frame;
  const payload = frame.subarray(headerBytesOf(frame));
  observer.handleHeader(
    {
      opcode: first & OPCODE_BITS,
      isFinal: (first & FINAL_BIT) !== 0,
      reservedBits: first & RESERVED_BITS,
      payloadBytes: payload.length,
    },
    sent.subarray(0, sent.length - payload.length),
  );
  observer.handlePayload(payload);
}
