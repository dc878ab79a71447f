/** Reads one frame header (RFC 6455 sections 5.1, 5.2, 5.5). Pure: the caller keeps the bytes. */
import { tooBig, type Violation, type ViolationCode } from './errors.ts';
import { isControlOpcode, isKnownOpcode } from './opcodes.ts';
import type { Role } from './role.ts';

export const HEADER_BYTES_MAX = 14;

export const CONTROL_PAYLOAD_BYTES_MAX = 125; // Section 5.5.

export const FINAL_BIT = 0x80;
export const MASK_BIT = 0x80;
export const RESERVED_BITS = 0x70;
export const MASK_KEY_BYTES = 4;

export interface FrameHeader {
  readonly kind: 'header';
  readonly isFinal: boolean;
  readonly opcode: number;
  /** RSV1 to RSV3 at their positions in the first byte: 0x40, 0x20, 0x10. */
  readonly reservedBits: number;
  readonly payloadBytes: number;
  /** The mask key in wire order, first byte highest; 0, which has no effect, without a mask. */
  readonly maskKey: number;
  readonly byteCount: number;
}

export interface HeaderRules {
  /** The sender of the frames: a client masks all of them, a server none (section 5.1). */
  readonly sender: Role;
  /** A longer payload is rejected by its announced length, before any of it is stored. */
  readonly payloadBytesMax: number;
  /** Maximum size of a message, if that is another: which limit was exceeded is reported. */
  readonly messageBytesMax?: number;
  readonly ownedReservedBits: number;
}

/** Parses the bytes from `offset` to `end`, and consumes nothing; `undefined`: more are needed. */
export function stepFrameHeader(
  bytes: Uint8Array,
  offset: number,
  rules: HeaderRules,
  end = bytes.length,
): FrameHeader | Violation | undefined {
  const available = end - offset;
  if (available < 2) return undefined;
  const first = bytes[offset] ?? 0;
  const second = bytes[offset + 1] ?? 0;

  // Two bytes are enough to reject an invalid frame; the parser does not wait for more.
  const violation = findViolation(first, second, rules);
  if (violation === 'RESERVED_BITS') return reservedBitsViolation(first & RESERVED_BITS);
  if (violation !== undefined) return { kind: 'violation', code: violation };

  const lengthCode = second & 0x7f;
  const lengthBytes = lengthCode === 127 ? 8 : lengthCode === 126 ? 2 : 0;
  if (available < 2 + lengthBytes) return undefined;
  const payloadBytes = readLength(bytes, offset + 2, lengthCode);
  if (typeof payloadBytes === 'string') return { kind: 'violation', code: payloadBytes };
  const { payloadBytesMax, messageBytesMax = payloadBytesMax } = rules;
  if (payloadBytes > payloadBytesMax) {
    return tooBig(
      payloadBytesMax < messageBytesMax ? 'Frame' : 'Message',
      payloadBytes,
      payloadBytesMax,
    );
  }

  const keyBytes = rules.sender === 'client' ? MASK_KEY_BYTES : 0;
  const byteCount = 2 + lengthBytes + keyBytes;
  if (available < byteCount) return undefined;
  return {
    kind: 'header',
    isFinal: (first & FINAL_BIT) !== 0,
    opcode: first & 0x0f,
    reservedBits: first & RESERVED_BITS,
    payloadBytes,
    maskKey: keyBytes === 0 ? 0 : readUint32(bytes, offset + 2 + lengthBytes),
    byteCount,
  };
}

export function reservedBitsViolation(reservedBits: number): Violation {
  return { kind: 'violation', code: 'RESERVED_BITS', reservedBits };
}

function findViolation(first: number, second: number, rules: HeaderRules) {
  const opcode = first & 0x0f;
  const reservedBits = first & RESERVED_BITS;
  const isControl = isControlOpcode(opcode);
  // No supported extension gives control frames a reserved bit (RFC 7692 section 6).
  if (reservedBits !== 0 && (isControl || (reservedBits & ~rules.ownedReservedBits) !== 0)) {
    return 'RESERVED_BITS';
  }
  if (!isKnownOpcode(opcode)) return 'INVALID_OPCODE';
  const isMasked = (second & MASK_BIT) !== 0;
  if (!isMasked && rules.sender === 'client') return 'UNMASKED_CLIENT_FRAME';
  if (isMasked && rules.sender === 'server') return 'MASKED_SERVER_FRAME';
  if (isControl && (first & FINAL_BIT) === 0) return 'FRAGMENTED_CONTROL_FRAME';
  if (isControl && (second & 0x7f) > CONTROL_PAYLOAD_BYTES_MAX) return 'OVERSIZED_CONTROL_FRAME';
  return undefined;
}

/** The payload length, or the violation; a length too large to be exact is `Infinity`. */
function readLength(bytes: Uint8Array, offset: number, code: number): number | ViolationCode {
  if (code < 126) return code;
  if (code === 126) {
    const length = ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
    return length < 126 ? 'NON_MINIMAL_LENGTH' : length;
  }
  const upper = readUint32(bytes, offset);
  const lower = readUint32(bytes, offset + 4);
  if (upper > 0x7fff_ffff) return 'LENGTH_OVERFLOW';
  if (upper === 0 && lower <= 0xffff) return 'NON_MINIMAL_LENGTH';
  const length = upper * 0x1_0000_0000 + lower;
  // Never rounded to a number that could pass as another length.
  return Number.isSafeInteger(length) ? length : Number.POSITIVE_INFINITY;
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] ?? 0) << 24) |
      ((bytes[offset + 1] ?? 0) << 16) |
      ((bytes[offset + 2] ?? 0) << 8) |
      (bytes[offset + 3] ?? 0)) >>>
    0
  );
}
