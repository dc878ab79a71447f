/** How fast a peer may send. */
import type { Bounds } from './bounds.ts';

/** What happens to a peer that sends faster than it may. */
export type RateLimitPolicy = 'pause' | 'close';

export const RATE_LIMIT_POLICIES: readonly RateLimitPolicy[] = ['pause', 'close'];

export interface RateLimits {
  /**
   * Messages, pings and pongs that a connection may send in a second, over time. Range 0 to
   * 1,000,000; 0 is no limit. Default 100: more than any person or page needs.
   */
  readonly messageRate: number;

  /**
   * Messages, pings and pongs that a connection may send at once after a silence. Range 1 to
   * 1,000,000. Default 200: a client that comes back with what it could not send.
   */
  readonly messageBurst: number;

  /**
   * Bytes that a connection may send in a second, over time, frame headers included. Range 0 to
   * 2^31 - 1; 0 is no limit. Default 1 MiB: a thousand such peers fill a fast line.
   */
  readonly byteRate: number;

  /**
   * Bytes that a connection may send at once after a silence. Range 1 to 2^31 - 1. Default 4 MiB:
   * four of the largest messages.
   */
  readonly byteBurst: number;

  /**
   * For a peer that is faster: `pause` reads no more of it until it is within its limit, so TCP
   * slows it down and nothing is lost; `close` ends the connection with 1008 before the message
   * that was one too many is delivered. Default `pause`: an honest client in a hurry is served.
   */
  readonly rateLimitPolicy: RateLimitPolicy;
}

export const RATE_DEFAULTS: RateLimits = Object.freeze({
  messageRate: 100,
  messageBurst: 200,
  byteRate: 1_048_576,
  byteBurst: 4_194_304,
  rateLimitPolicy: 'pause',
});

export const RATE_BOUNDS = {
  messageRate: [0, 1_000_000],
  messageBurst: [1, 1_000_000],
  byteRate: [0, 2 ** 31 - 1],
  byteBurst: [1, 2 ** 31 - 1],
} as const satisfies Partial<Record<keyof RateLimits, Bounds>>;
