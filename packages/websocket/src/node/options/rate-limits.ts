/** Limits on how fast a peer may send. */
import type { IntegerRange } from './value-checks.ts';

/** Action on a peer that sends faster than its limit. */
export type RateLimitPolicy = 'pause' | 'close';

export const RATE_LIMIT_POLICIES: readonly RateLimitPolicy[] = ['pause', 'close'];

export interface RateLimits {
  /**
   * Messages, pings and pongs that a connection may send per second on average. Range 0 to
   * 1,000,000; 0 means no limit. Default 0; `UNTRUSTED_PEERS` has 100: more than any user or page
   * needs.
   */
  readonly messageRate: number;

  /**
   * Messages, pings and pongs that a connection may send at once after a pause. Range 1 to
   * 1,000,000. Default 200: enough for a client that reconnects with unsent messages.
   */
  readonly messageBurst: number;

  /**
   * Bytes that a connection may send per second on average, frame headers included. Range 0 to 2^31
   * - 1; 0 means no limit. Default 0; `UNTRUSTED_PEERS` has 1 MiB: a thousand such peers fill a fast
   * network link.
   */
  readonly byteRate: number;

  /**
   * Bytes that a connection may send at once after a pause. Range 1 to 2^31 - 1. Default 4 MiB:
   * four messages of the maximum size.
   */
  readonly byteBurst: number;

  /**
   * Action if a peer exceeds its rate: `pause` stops reading until the peer is within its limit, so
   * that TCP slows it down and nothing is lost; `close` ends the connection with 1008 before the
   * excess message is delivered. Default `pause`: does no harm to a well-behaved client that sends
   * a burst.
   */
  readonly rateLimitPolicy: RateLimitPolicy;
}

export const RATE_DEFAULTS: RateLimits = Object.freeze({
  messageRate: 0,
  messageBurst: 200,
  byteRate: 0,
  byteBurst: 4_194_304,
  rateLimitPolicy: 'pause',
});

export const RATE_BOUNDS = {
  messageRate: [0, 1_000_000],
  messageBurst: [1, 1_000_000],
  byteRate: [0, 2 ** 31 - 1],
  byteBurst: [1, 2 ** 31 - 1],
} as const satisfies Partial<Record<keyof RateLimits, IntegerRange>>;
