import type { ViolationCode } from './errors.ts';
import type { FrameHeader } from './frame-header.ts';

/** Is shown what the parser reads, for a log; it must not change the bytes, or keep them. */
export interface FrameObserver {
  handleHeader(header: FrameHeader, headerBytes: Uint8Array): void;
  /** The next bytes of its payload, unmasked. */
  handlePayload(payload: Uint8Array): void;
  /** The bytes are no valid header, and nothing more is read. */
  handleInvalidHeader(code: ViolationCode, bytes: Uint8Array): void;
}
