/** Buckets that the nodes of a cluster share: a key of Redis each, which expires when it is full. */
import type { TokenLeases } from '../../ports/token-leases.ts';
import type { ReconnectingPubSub } from './reconnecting-pub-sub.ts';

/**
 * As `TokenBucket.lease`, with the clock of Redis. The value is the time at which the bucket is full.
 */
const LEASE = `
local capacity, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local tokens, returned = tonumber(ARGV[3]), tonumber(ARGV[4])
local cost = window / capacity
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local full = tonumber(redis.call('GET', KEYS[1]) or now)
local used = math.min(window, math.max(0, full - now - returned * cost))
local leased = math.min(tokens, math.floor((window - used) / cost + 0.001))
used = math.max(0, used + leased * cost)
redis.call('SET', KEYS[1], string.format('%.3f', now + used), 'PX', math.ceil(used) + 1)
local wait = 0
if leased == 0 then wait = math.max(1, math.ceil(used + cost - window)) end
return {leased, wait}
`;

export function openRedisTokenLeases(
  pubSub: Pick<ReconnectingPubSub, 'isUp' | 'evaluate'>,
  prefix: string,
): TokenLeases {
  return {
    get isUp() {
      return pubSub.isUp;
    },
    async lease({ limit, id, capacity, windowMs, tokens, returned }) {
      const values = [capacity, windowMs, tokens, returned].map(String);
      const answer = await pubSub.evaluate(LEASE, `${prefix}limit:${limit}:${id}`, values);
      // The script returns two integers.
      const [leased, waitMs] = answer as [number, number];
      return { tokens: leased, waitMs };
    },
  };
}
