/** Limits on the time that a peer may take. Times are in milliseconds. */
import { flag, integer, type OptionValues } from './option-table.ts';

const DAY_MS = 86_400_000;

export const TIME_OPTIONS = Object.freeze({
  /**
   * Milliseconds for a request to arrive in full on the server's own port, and from `handleUpgrade`
   * to the 101, `authorize` included. Range 1 to 600,000. Default 5,000: slow networks need one or
   * two seconds, and an unfinished handshake occupies a connection slot.
   */
  handshakeTimeout: integer(5_000, [1, 600_000]),

  /** Whether connections are pinged, and cut if they stop responding. Default `true`. */
  enableHeartbeat: flag(true),

  /**
   * Milliseconds between two pings of a connection. Range 1 to 86,400,000. Default 30,000: below
   * the 60 s of silence after which common proxies disconnect.
   */
  heartbeatInterval: integer(30_000, [1, DAY_MS]),

  /**
   * Milliseconds after which an unanswered ping counts as missed; any frame is an answer. Range 1
   * to 86,400,000, below `heartbeatInterval`. Default 10,000: mobile networks pause for less.
   */
  heartbeatTimeout: integer(10_000, [1, DAY_MS]),

  /**
   * Number of consecutive missed pongs after which a connection counts as dead; after each but the
   * last, it is pinged again at once. Range 1 to 100. Default 2: tolerates a short interruption.
   */
  maxMissedPongs: integer(2, [1, 100]),

  /**
   * Milliseconds of silence after which a connection counts as dead, independent of pings. Range 0
   * to 86,400,000, not below `heartbeatInterval`. Default 0: the interval, all timeouts and one
   * second, so that it takes effect only if ticks were lost.
   */
  maxIdleTime: integer(0, [0, DAY_MS]),

  /**
   * Milliseconds without a message in either direction after which a connection is closed with
   * 1008, up to an eighth, or two seconds, later. Pings do not count as messages, nor does data that is not read
   * while paused. Range 0 to 86,400,000; 0 means never. Default 0: users may listen for hours.
   */
  idleTimeout: integer(0, [0, DAY_MS]),

  /**
   * Age in milliseconds at which a connection is closed with 1001, so that clients reconnect, to
   * another server or with fresh credentials. Connections of the same age are closed spread over
   * the last tenth of it, or up to a second later. Range 0 to 2,592,000,000; 0 means never. Default 0: a working connection
   * is worth keeping.
   */
  maxLifetime: integer(0, [0, 30 * DAY_MS]),

  /**
   * Milliseconds from our close frame to the end of the TCP connection; then it is cut. Range 1 to
   * 600,000. Default 5,000: an answer takes one round trip.
   */
  closeTimeout: integer(5_000, [1, 600_000]),

  /**
   * Milliseconds that a peer may take to complete a message or a frame that it has begun. Time
   * while the application pauses reading does not count; time while the peer is paused for its rate
   * does. Range 1 to 86,400,000. Default 30,000: a message of the default maximum size at 35 kB/s.
   * With a larger `maxMessageSize`, slow clients need a longer time, also if they send steadily.
   */
  fragmentTimeout: integer(30_000, [1, DAY_MS]),

  /**
   * Milliseconds without any progress of waiting output after which the connection counts as
   * broken. The system reports progress only when a third of its own buffer is free again, of up to
   * 4 MiB on Linux. Range 1 to 86,400,000. Default 60,000: enough for a peer that reads 25 kB/s.
   */
  writeTimeout: integer(60_000, [1, DAY_MS]),

  /**
   * Milliseconds that `shutdown` waits for orderly closes before it cuts the other connections.
   * Range 1 to 86,400,000, above `closeTimeout`. Default 10,000: container platforms allow 30 s.
   */
  shutdownTimeout: integer(10_000, [1, DAY_MS]),
});

export type TimeLimits = OptionValues<typeof TIME_OPTIONS>;

/** The limits that ticks check. */
const TIMED = ['heartbeatInterval', 'heartbeatTimeout', 'fragmentTimeout', 'writeTimeout'] as const;

type TimedLimits = Pick<TimeLimits, (typeof TIMED)[number]> & {
  readonly pressureInterval?: number;
};

/** Interval of the checks: a second, a quarter of the shortest limit, or `pressureInterval`. */
export function tickMs(limits: TimedLimits): number {
  const shortest = Math.min(...TIMED.map((name) => limits[name]));
  const pressureMs = limits.pressureInterval || 1_000;
  return Math.max(Math.min(Math.floor(shortest / 4), pressureMs, 1_000), 5);
}
