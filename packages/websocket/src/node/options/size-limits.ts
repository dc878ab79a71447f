/** How much of a peer is taken, and kept for it. Sizes are in bytes. */
import type { ReadBufferUse } from '../receive/shared-read-buffer.ts';
import type { Bounds } from './bounds.ts';

const BYTES_MAX = 2 ** 31 - 1;

/** What happens to a message for a peer that has more than `writeBufferLimit` waiting. */
export type SlowConsumerPolicy = 'report' | 'drop' | 'close';

export const SLOW_CONSUMER_POLICIES: readonly SlowConsumerPolicy[] = ['report', 'drop', 'close'];

export interface SizeLimits {
  /**
   * The largest message taken, in bytes; above it 1009. Range 1 to 2^31 - 1.
   * Default 1 MiB: far above any chat message, far below what hurts.
   */
  readonly maxMessageSize: number;

  /**
   * The largest frame taken, in bytes. Range 0 to `maxMessageSize`. Default 0:
   * the same as `maxMessageSize`.
   */
  readonly maxFrameSize: number;

  /**
   * Frames that one message may consist of; above it 1008. Range 1 to 2^31 - 1.
   * Default 131,072: 1 MiB in frames of 8 bytes, so only floods of empty frames meet it.
   */
  readonly maxFragments: number;

  /**
   * Bytes that may wait for a peer before it counts as slow. The check comes
   * before a message is taken, so one message of any size always passes an empty
   * queue. TLS, and streams that complete each write later, may hold 4 MiB more as
   * long as no write takes a second. Range 1 to 2^31 - 1. Default 256 KiB.
   */
  readonly writeBufferLimit: number;

  /**
   * For a message to a slow peer: `close` ends the connection with 1013, `drop`
   * refuses the message, `report` takes it all the same, and the application
   * bounds what it sends by `isCongested`, `bufferedBytes` and `drain`.
   * Default `close`: bounded without any help, and never a silent gap.
   */
  readonly slowConsumerPolicy: SlowConsumerPolicy;

  /**
   * Bytes that a peer may still send after it was refused or closed, before it
   * is cut; they are read and thrown away, so that our last words reach it.
   * Range 0 to 2^31 - 1. Default 16 MiB: what a sender has in its buffers.
   */
  readonly discardLimit: number;

  /**
   * Where sockets are read into. `shared`: into one buffer for all, out of which messages are
   * copied. `pooled`: the same, and messages are not copied: their bytes are good until the
   * listeners return, and read over then, so that whoever keeps one copies it. `own`: each read
   * gets memory of its own from Node. TLS, streams that are no sockets, and a Node that has no
   * way to it, are read as with `own` whatever this says. Default `shared`: without an
   * allocation of 64 KiB for each read.
   */
  readonly readBuffer: ReadBufferUse;
}

export const SIZE_DEFAULTS: SizeLimits = Object.freeze({
  maxMessageSize: 1_048_576,
  maxFrameSize: 0,
  maxFragments: 131_072,
  writeBufferLimit: 262_144,
  slowConsumerPolicy: 'close',
  discardLimit: 16_777_216,
  readBuffer: 'shared',
});

export const SIZE_BOUNDS = {
  maxMessageSize: [1, BYTES_MAX],
  maxFrameSize: [0, BYTES_MAX],
  maxFragments: [1, BYTES_MAX],
  writeBufferLimit: [1, BYTES_MAX],
  discardLimit: [0, BYTES_MAX],
} as const satisfies Partial<Record<keyof SizeLimits, Bounds>>;
