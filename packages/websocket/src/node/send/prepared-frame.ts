/** A message encoded once: bytes that any number of connections share, and that never change. */
import { OPCODES } from '../../protocol/opcodes.ts';
import { encodeMessage, headerBytesOf } from './message-encoder.ts';

export interface PreparedFrame {
  /** Header and payload. Read-only: other connections may still have to send it. */
  readonly bytes: Uint8Array;
  readonly payloadBytes: number;
  /** As `FrameContent.compress`. */
  readonly compress: boolean | undefined;
}

export interface FrameContent {
  /** Whether the peer gets it as binary. Default: text for a string, binary for bytes. */
  readonly binary?: boolean;
  /**
   * Whether peers that agreed on permessage-deflate get it compressed; it is compressed once for
   * all of them. Default: if it has at least `threshold` bytes.
   */
  readonly compress?: boolean;
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
