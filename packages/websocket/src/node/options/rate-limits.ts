/** Limits on how fast a peer may send. */
import { choice, defaultsOf, integer, type OptionValues } from './option-table.ts';

/** Action on a peer that sends faster than its limit. */
export type RateLimitPolicy = 'pause' | 'close';

export const RATE_OPTIONS = Object.freeze({
  /**
   * Messages, pings and pongs that a connection may send per second on average. Range 0 to
   * 1,000,000; 0 means no limit. Default 0; `UNTRUSTED_PEERS` has 100: more than users need.
   */
  messageRate: integer(0, [0, 1_000_000]),

  /**
   * Messages, pings and pongs that a connection may send at once after a pause. Range 1 to
   * 1,000,000. Default 200: enough for a client that reconnects with unsent messages.
   */
  messageBurst: integer(200, [1, 1_000_000]),

  /**
   * Bytes that a connection may send per second on average, frame headers included. Range 0 to 2^31
   * - 1; 0 means no limit. Default 0; `UNTRUSTED_PEERS` has 1 MiB: a thousand such peers fill a fast
   * network link.
   */
  byteRate: integer(0, [0, 2 ** 31 - 1]),

  /**
   * Bytes that a connection may send at once after a pause. Range 1 to 2^31 - 1. Default 4 MiB:
   * four messages of the maximum size.
   */
  byteBurst: integer(4_194_304, [1, 2 ** 31 - 1]),

  /**
   * Action if a peer exceeds its rate: `pause` stops reading until the peer is within its limit, so
   * that TCP slows it down and nothing is lost; `close` ends the connection with 1008 before the
   * excess message is delivered. Messages that came while the application paused reading, or the
   * process stood still, are no excess. Default `pause`: does no harm to a client that sends a burst.
   */
  rateLimitPolicy: choice<RateLimitPolicy>('pause', ['pause', 'close']),
});

export type RateLimits = OptionValues<typeof RATE_OPTIONS>;

export const RATE_DEFAULTS: RateLimits = defaultsOf(RATE_OPTIONS);
