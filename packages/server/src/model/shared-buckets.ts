/** The buckets of all limits that nodes share. Pure; time is an argument. */
import { BucketTable } from './bucket-table.ts';
import { type Lease, type LeaseRequest, TokenBucket } from './token-bucket.ts';

export class SharedBuckets {
  readonly #tables = new Map<string, BucketTable<string, TokenBucket>>();

  lease(request: LeaseRequest, nowMs: number): Lease {
    const { limit } = request;
    const table =
      this.#tables.get(limit) ?? new BucketTable((atMs) => new TokenBucket(request, atMs));
    this.#tables.set(limit, table);
    return table.use(request.id, nowMs).lease(request, nowMs);
  }
}
