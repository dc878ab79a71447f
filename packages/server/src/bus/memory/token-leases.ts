/** Buckets that nodes of one process share, for tests; a process alone decides without any. */
import { SharedBuckets } from '../../model/shared-buckets.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TokenLeases } from '../../ports/token-leases.ts';

export function openMemoryTokenLeases(clock: Pick<Clock, 'monotonicMs'>): TokenLeases {
  const buckets = new SharedBuckets();
  return { isUp: true, lease: async (request) => buckets.lease(request, clock.monotonicMs()) };
}

/** The leases of a process alone: it counts in its own buckets. */
export const NO_TOKEN_LEASES: TokenLeases = {
  isUp: false,
  lease: () => Promise.reject(new Error('There are no shared buckets')),
};
