/** Limits on what is accepted from a peer and buffered for it. Sizes are in bytes. */
import { READ_BUFFER_USES } from '../receive/shared-read-buffer.ts';
import { choice, integer, type OptionValues } from './option-table.ts';

const BYTES_MAX = 2 ** 31 - 1;

/** Action on a message for a peer for which more than `writeBufferLimit` bytes wait. */
export type SlowConsumerPolicy = 'report' | 'drop' | 'close';

export const SIZE_OPTIONS = Object.freeze({
  /**
   * Maximum size of a received message in bytes; a larger message closes the connection with 1009.
   * Range 1 to 2^31 - 1. Default 1 MiB: far above any chat message, and too little to do harm. For a
   * larger size, raise `fragmentTimeout` too: the whole message must arrive within it.
   */
  maxMessageSize: integer(1_048_576, [1, BYTES_MAX]),

  /** Maximum bytes of a received frame. Range 0 to `maxMessageSize`. Default 0: the same. */
  maxFrameSize: integer(0, [0, BYTES_MAX]),

  /**
   * Maximum number of frames in one message; above it, the connection is closed with 1008. Range 1
   * to 2^31 - 1. Default 131,072: 1 MiB in frames of 8 bytes; only floods of empty frames reach it.
   */
  maxFragments: integer(131_072, [1, BYTES_MAX]),

  /**
   * Maximum bytes of the unfinished messages of all connections of the server together; above it,
   * the connections with the largest ones are closed with 1013. Range 0 to 2^53 - 1, at least
   * `maxMessageSize`. Default 0: 64 messages of the maximum size.
   */
  maxUnfinishedBytes: integer(0, [0, Number.MAX_SAFE_INTEGER]),

  /**
   * Bytes that may wait for a peer before it counts as slow. The limit is checked before a message
   * is accepted, so a message of any size fits into an empty queue. Range 1 to 2^31 - 1. Default 1 MiB: one message of the default maximum size. `UNTRUSTED_PEERS` has 256 KiB.
   */
  writeBufferLimit: integer(1_048_576, [1, BYTES_MAX]),

  /**
   * Bytes above `writeBufferLimit` that may wait for a peer that accepted some within the last 15
   * seconds: for what one turn sends. Range 0 to 2^31 - 1. Default 16 MiB: sixteen messages of the
   * default maximum size. `UNTRUSTED_PEERS` has 1 MiB.
   */
  writeBufferBurst: integer(16_777_216, [0, BYTES_MAX]),

  /**
   * Maximum bytes that wait for all peers of the server together; memory that a broadcast shares
   * counts once. Above it, the peers with the most lose what waits for them and are closed with
   * 1013, from the largest on; with `slowConsumerPolicy: 'drop'` they miss messages first. Range 0
   * to 2^53 - 1, at least `writeBufferLimit`. Default 0: 256 MiB, or `writeBufferLimit` if that is
   * more.
   */
  maxWaitingBytes: integer(0, [0, Number.MAX_SAFE_INTEGER]),

  /**
   * Action on a message for a slow peer: `close` ends the connection with 1013, `drop` rejects the
   * message, `report` accepts it, and the application limits what it sends by `isCongested`,
   * `bufferedBytes` and `drain`. Default `close`: memory is bounded without any work by the
   * application, and no message is lost silently.
   */
  slowConsumerPolicy: choice<SlowConsumerPolicy>('close', ['report', 'drop', 'close']),

  /**
   * Bytes that a peer may still send after it was rejected or closed, before the connection is cut.
   * They are read and discarded, so that our last frames reach the peer. Range 0 to 2^31 - 1.
   * Default 16 MiB: what the buffers of a sender hold.
   */
  discardLimit: integer(16_777_216, [0, BYTES_MAX]),

  /**
   * Memory that sockets are read into. `shared`: one buffer for all sockets, from which messages
   * are copied. `pooled`: the same buffer without copies; the bytes of a message are valid until
   * its listeners return and are overwritten then, so copy what you keep. `own`: Node allocates new
   * memory for each read. Streams that are not sockets, TLS over them, and Node versions without
   * support for it always use `own`. Default `shared`: avoids an allocation of 64 KiB per read.
   */
  readBuffer: choice('shared', READ_BUFFER_USES),
});

export type SizeLimits = OptionValues<typeof SIZE_OPTIONS>;
