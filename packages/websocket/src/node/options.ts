/**
 * All settings of a server, with their defaults; `checkOptions` merges and checks.
 *
 * Times are in milliseconds, sizes in bytes.
 */
import type { RequestListener } from 'node:http';
import { type Clock, systemClock } from './clock.ts';
import type { UpgradeHooks } from './upgrade-hooks.ts';

/** What happens to a message for a peer that has more than `writeBufferLimit` waiting. */
export type SlowConsumerPolicy = 'report' | 'drop' | 'close';

export interface WebSocketServerOptions<M = unknown> extends UpgradeHooks<M> {
  /**
   * Where `listen` binds if its caller names no port. 0 takes any free one.
   * Range 0 to 65,535. Default 8080, by custom.
   */
  readonly port: number;

  /** The address that `listen` binds. Default: all addresses of the machine. */
  readonly host: string | undefined;

  /**
   * The paths that may be upgraded; others are answered 404. The query is not
   * part of a path. Default `undefined`: all.
   */
  readonly paths: readonly string[] | undefined;

  /**
   * The values of `Origin` that may connect, as browsers write them
   * (`https://chat.example`). A client without the header is let through: it is
   * no browser, and carries nobody's cookies. `isOriginAllowed` comes on top.
   * Default `undefined`: all.
   */
  readonly allowedOrigins: readonly string[] | undefined;

  /** The subprotocols that the server speaks, best first. Default none. */
  readonly protocols: readonly string[];

  /**
   * Answers ordinary HTTP requests on the server's own port; they have to arrive
   * within `handshakeTimeout`. Default `undefined`: 426 to all.
   */
  readonly handleRequest: RequestListener | undefined;

  /**
   * Connections at one time, unfinished handshakes included; above it upgrades
   * get 503. Range 1 to 10,000,000. Default 1,000: what a small machine carries
   * by any measure; a server with more memory and descriptors raises it.
   */
  readonly maxConnections: number;

  /**
   * For a request to arrive in full, on the server's own port; and from
   * `handleUpgrade` to the 101, `authorize` included. Range 1 to 600,000.
   * Default 5,000: slow networks need one or two seconds, and an open handshake
   * holds a place.
   */
  readonly handshakeTimeout: number;

  /** Whether connections are pinged, and cut when they fall silent. Default `true`. */
  readonly enableHeartbeat: boolean;

  /**
   * Time between two pings of a connection. Range 1 to 86,400,000. Default
   * 30,000: below the 60 s of silence after which common proxies cut.
   */
  readonly heartbeatInterval: number;

  /**
   * How long a ping may stay unanswered before it counts as missed; any frame
   * is an answer. Range 1 to 86,400,000, below `heartbeatInterval`. Default
   * 10,000: longer than a mobile network's pauses.
   */
  readonly heartbeatTimeout: number;

  /**
   * Missed pongs in a row that mean death. Each but the last is followed by
   * another ping at once. Range 1 to 100. Default 2: one lost moment is forgiven.
   */
  readonly maxMissedPongs: number;

  /**
   * Silence that means death whatever was pinged. Range 0 to 86,400,000, not
   * below `heartbeatInterval`. Default 0: interval, all timeouts and one second,
   * so that it only bites where ticks were lost.
   */
  readonly maxIdleTime: number;

  /**
   * From our close frame to the end of the TCP connection; then it is cut.
   * Range 1 to 600,000. Default 5,000: an answer takes one round trip.
   */
  readonly closeTimeout: number;

  /**
   * How long a peer may take over one message, or one frame, that it has begun.
   * Time while reading is paused does not count. Range 1 to 86,400,000. Default
   * 30,000: a full message at 35 kB/s.
   */
  readonly fragmentTimeout: number;

  /**
   * How long waiting output may make no progress at all before the connection
   * counts as broken. Range 1 to 86,400,000. Default 10,000.
   */
  readonly writeTimeout: number;

  /**
   * What `shutdown` waits for orderly closes before it cuts. Range 1 to
   * 86,400,000, above `closeTimeout`. Default 10,000: within the 30 s that
   * container platforms grant.
   */
  readonly shutdownTimeout: number;

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
   * queue. Range 1 to 2^31 - 1. Default 256 KiB.
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

  /** Where time comes from. Default: the machine's monotonic clock. */
  readonly clock: Clock;
}

export const OPTION_DEFAULTS: WebSocketServerOptions = Object.freeze({
  port: 8080,
  host: undefined,
  paths: undefined,
  allowedOrigins: undefined,
  protocols: Object.freeze([]),
  handleRequest: undefined,
  maxConnections: 1_000,
  handshakeTimeout: 5_000,
  enableHeartbeat: true,
  heartbeatInterval: 30_000,
  heartbeatTimeout: 10_000,
  maxMissedPongs: 2,
  maxIdleTime: 0,
  closeTimeout: 5_000,
  fragmentTimeout: 30_000,
  writeTimeout: 10_000,
  shutdownTimeout: 10_000,
  maxMessageSize: 1_048_576,
  maxFrameSize: 0,
  maxFragments: 131_072,
  writeBufferLimit: 262_144,
  slowConsumerPolicy: 'close',
  discardLimit: 16_777_216,
  clock: systemClock,
});
