import type { FrameHeader } from './frame-header.ts';

/** Received bytes of one frame. The first piece reports the header and may be empty. */
export interface FramePiece {
  readonly kind: 'piece';
  readonly header: FrameHeader;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Unmasked in place: a view into the pushed bytes, valid until the next push. */
  readonly payload: Uint8Array;
}
