/** The entries of the debug log: no payload unless `payloadBytes` is set, and no secrets. */
import type { ConnectionEnd } from '../../protocol/close-sequence.ts';
import type { ErrorCode } from '../../protocol/errors.ts';

export type Direction = 'received' | 'sent';

export interface HandshakeEntry {
  readonly kind: 'handshake';
  /** Present if the handshake led to a connection. */
  readonly connectionId?: string;
  /** `accepted`, or the reason of the rejection. */
  readonly result: string;
  readonly status: number;
  /**
   * Headers of the request: `Connection`, `Upgrade`, and the key, version and extensions.
   * Subprotocols are left out: browsers have no other way to send a token. Empty if the server's
   * own port could not parse the request.
   */
  readonly request: Readonly<Record<string, string>>;
  /** The text that proves the handshake was understood, and its SHA-1 in hexadecimal. */
  readonly hashed?: string;
  readonly hash?: string;
  /** `Sec-WebSocket-Accept` of the response: the hash in base64. */
  readonly accept?: string;
  readonly protocol?: string;
  readonly extensions?: readonly string[];
}

export interface FrameEntry {
  readonly kind: 'frame';
  readonly connectionId: string;
  readonly direction: Direction;
  /** `text`, `continuation` …; a number for a reserved opcode. */
  readonly opcode: string;
  readonly isFinal: boolean;
  /** RSV1 to RSV3 as 0x40, 0x20, 0x10; 0x40 marks a compressed message. */
  readonly reservedBits: number;
  readonly isMasked: boolean;
  readonly payloadBytes: number;
  /** Number of the frame within a fragmented message, from 1. */
  readonly fragment?: number;
  /** Bytes of the message so far, including this frame. */
  readonly messageBytes?: number;
  /** The header as sent, in hexadecimal, including the mask key. */
  readonly header: string;
  /** The first bytes, unmasked, in hexadecimal; only with `payloadBytes`. */
  readonly payload?: string;
}

/** Received bytes that are no valid frame or text; no more entries follow for this direction. */
export interface FaultEntry {
  readonly kind: 'fault';
  readonly connectionId: string;
  readonly direction: Direction;
  readonly code: ErrorCode;
  /** The bytes up to the error, in hexadecimal; for text that is not UTF-8, the frame's header. */
  readonly header: string;
  /**
   * Offset of the byte at which a text stops being UTF-8, counted from the start of the message, or
   * of its end if it ends within a character. Absent for compressed text.
   */
  readonly position?: number;
}

/** The end of a connection. */
export interface EndEntry extends Omit<ConnectionEnd, 'metadata'> {
  readonly kind: 'end';
  readonly connectionId: string;
}

export type DebugEntry = HandshakeEntry | FrameEntry | FaultEntry | EndEntry;
