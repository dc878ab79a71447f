/**
 * Token buckets that the nodes of a cluster share. A node leases some tokens of a bucket at once,
 * and decides with them alone.
 */
import type { Lease, LeaseRequest } from '../model/token-bucket.ts';

export interface TokenLeases {
  /** Whether there are shared buckets, as far as this node knows; if not, do not call `lease`. */
  readonly isUp: boolean;
  /** Leases tokens, fewer than requested or none if the bucket has no more. May take any time. @throws if the buckets cannot be reached. */
  lease(request: LeaseRequest): Promise<Lease>;
}
