/** Encodes messages and fragments as frames without a mask; a client masks them afterwards. */
import { Buffer } from 'node:buffer';
import { isUint8Array } from 'node:util/types';
import { argumentError } from '../../protocol/errors.ts';
import { frameHeaderBytes, writeFrameHeader } from '../../protocol/frame-encoder.ts';
import { FINAL_BIT, RESERVED_BITS } from '../../protocol/frame-header.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import type { FrameObserver } from '../../protocol/receiver.ts';

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

/** A message encoded once: bytes that any number of connections share, and that never change. */
export interface PreparedFrame {
  /** Header and payload. Read-only: other connections may still have to send it. */
  readonly bytes: Uint8Array;
  readonly payloadBytes: number;
  /** As `FrameContent.compress`. */
  readonly compress: boolean | undefined;
}

export interface FrameContent {
  /** Whether the peer gets it as binary. Default: text for a string, binary for bytes. */
  readonly binary?: boolean | undefined;
  /**
   * Whether peers that agreed on permessage-deflate get it compressed; it is compressed once for
   * all of them. Default: if it has at least `threshold` bytes.
   */
  readonly compress?: boolean | undefined;
}

/**
 * Encodes a message once, to be sent to many connections. A lone surrogate in a string becomes
 * U+FFFD. Bytes sent as text must be valid UTF-8; this is not checked.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT` for anything but a string or bytes.
 */
export function prepareFrame(
  data: string | Uint8Array,
  { binary = typeof data !== 'string', compress }: FrameContent = {},
): PreparedFrame {
  const bytes = encodeMessage(binary ? OPCODES.binary : OPCODES.text, data);
  return Object.freeze({ bytes, payloadBytes: bytes.length - headerBytesOf(bytes), compress });
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
  if (typeof data === 'string' || isUint8Array(data)) return;
  throw argumentError('a message must be a string or a Uint8Array');
}

/** Node ends the process if it is to write anything but bytes. */
export function assertFrame(frame: PreparedFrame): void {
  if (!isUint8Array(frame?.bytes)) throw argumentError('a frame is what prepareFrame returns');
}

/** The low half of the first byte (RFC 6455 section 5.2). */
export function opcodeOf(frame: Uint8Array | undefined): number {
  return (frame?.[0] ?? 0) & 0x0f;
}

/** Length of the header of an unmasked frame: 2, 4 or 10. */
export function headerBytesOf(frame: Uint8Array): number {
  const lengthCode = frame[1] ?? 0;
  return lengthCode < 126 ? 2 : lengthCode === 126 ? 4 : 10;
}

/** Shows a frame before it is masked, and the header of what is `sent`. */
export function showFrame(
  observer: FrameObserver,
  frame: Uint8Array,
  sent: Uint8Array = frame,
): void {
  const [first = 0] = frame;
  const payload = frame.subarray(headerBytesOf(frame));
  observer.handleHeader(
    {
      opcode: opcodeOf(frame),
      isFinal: (first & FINAL_BIT) !== 0,
      reservedBits: first & RESERVED_BITS,
      payloadBytes: payload.length,
    },
    sent.subarray(0, sent.length - payload.length),
  );
  observer.handlePayload(payload);
}
