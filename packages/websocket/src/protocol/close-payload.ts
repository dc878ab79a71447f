/** The payload of a close frame: empty, or a code and a reason (RFC 6455 sections 5.5.1, 7.4). */
import { Buffer, isUtf8 } from 'node:buffer';
import { isCloseCodeOnWire, NO_STATUS_RECEIVED } from './close-codes.ts';
import type { Violation } from './errors.ts';
import { CONTROL_PAYLOAD_BYTES_MAX } from './frame-header.ts';

const CODE_BYTES = 2;

export interface CloseFrame {
  readonly kind: 'close';
  /** As sent, or 1005 if the frame had none. */
  readonly code: number;
  readonly reason: string;
}

/** Reads a close payload. A server that sends 1010 (section 7.4.1) breaks no framing. */
export function parseClosePayload(payload: Uint8Array): CloseFrame | Violation {
  if (payload.length === 0) return { kind: 'close', code: NO_STATUS_RECEIVED, reason: '' };
  const [upper = 0, lower = 0] = payload;
  const code = (upper << 8) | lower;
  if (payload.length < CODE_BYTES || !isCloseCodeOnWire(code, 'client')) {
    return { kind: 'violation', code: 'INVALID_CLOSE_FRAME' };
  }

  // Most have no reason, and views and buffers are a tenth of a handshake with its close.
  if (payload.length === CODE_BYTES) return { kind: 'close', code, reason: '' };
  const reason = payload.subarray(CODE_BYTES);
  if (!isUtf8(reason)) return { kind: 'violation', code: 'INVALID_UTF8' };
  return { kind: 'close', code, reason: Buffer.from(reason).toString() };
}

/** Writes a payload; truncates a reason of more than 123 bytes at a character boundary. */
export function encodeClosePayload(code: number, reason: string): Uint8Array {
  if (code === NO_STATUS_RECEIVED) return new Uint8Array(0);
  if (reason === '') return Uint8Array.of(code >>> 8, code);
  const payload = Buffer.alloc(CONTROL_PAYLOAD_BYTES_MAX);
  payload.writeUInt16BE(code);
  const reasonBytes = payload.write(reason, CODE_BYTES);
  return payload.subarray(0, CODE_BYTES + reasonBytes);
}
