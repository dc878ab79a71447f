/** How long a peer may take over anything. Times are in milliseconds. */
import type { Bounds } from './bounds.ts';

const DAY_MS = 86_400_000;

export interface TimeLimits {
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
   * Time without a message in either direction after which a connection is closed with 1008, up to
   * an eighth later; pings are no messages, and neither is what we do not read while paused. Range
   * 0 to 86,400,000; 0 is never. Default 0: people may listen for hours.
   */
  readonly idleTimeout: number;

  /**
   * Age at which a connection is closed with 1001, so that clients come back: to another server,
   * with fresh credentials. Those that came together go over the last tenth of it. Range 0 to
   * 2,592,000,000; 0 is never. Default 0: a connection that works is worth keeping.
   */
  readonly maxLifetime: number;

  /**
   * From our close frame to the end of the TCP connection; then it is cut.
   * Range 1 to 600,000. Default 5,000: an answer takes one round trip.
   */
  readonly closeTimeout: number;

  /**
   * How long a peer may take over one message, or one frame, that it has begun.
   * Time while the application pauses reading does not count; time while the peer
   * is held back for its rate does. Range 1 to 86,400,000. Default 30,000: a full
   * message at 35 kB/s.
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
}

export const TIME_DEFAULTS: TimeLimits = Object.freeze({
  handshakeTimeout: 5_000,
  enableHeartbeat: true,
  heartbeatInterval: 30_000,
  heartbeatTimeout: 10_000,
  maxMissedPongs: 2,
  maxIdleTime: 0,
  idleTimeout: 0,
  maxLifetime: 0,
  closeTimeout: 5_000,
  fragmentTimeout: 30_000,
  writeTimeout: 10_000,
  shutdownTimeout: 10_000,
});

export const TIME_BOUNDS = {
  handshakeTimeout: [1, 600_000],
  heartbeatInterval: [1, DAY_MS],
  heartbeatTimeout: [1, DAY_MS],
  maxMissedPongs: [1, 100],
  maxIdleTime: [0, DAY_MS],
  idleTimeout: [0, DAY_MS],
  maxLifetime: [0, 30 * DAY_MS],
  closeTimeout: [1, 600_000],
  fragmentTimeout: [1, DAY_MS],
  writeTimeout: [1, DAY_MS],
  shutdownTimeout: [1, DAY_MS],
} as const satisfies Partial<Record<keyof TimeLimits, Bounds>>;
