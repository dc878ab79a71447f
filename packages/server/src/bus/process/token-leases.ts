/** Buckets that the worker processes of one machine share: the primary has them. */
import { SharedBuckets } from '../../model/shared-buckets.ts';
import type { Lease, LeaseRequest } from '../../model/token-bucket.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ProcessChannel } from '../../ports/process-channel.ts';
import type { TokenLeases } from '../../ports/token-leases.ts';

interface Question {
  readonly id: number;
  readonly request: LeaseRequest;
}

interface Answer {
  readonly id: number;
  readonly lease: Lease;
}

/** The primary's part. */
export class TokenLeaseHost {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #buckets = new SharedBuckets();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  serve(worker: ProcessChannel): void {
    worker.onMessage('limits', ({ id, request }: Question) => {
      const lease = this.#buckets.lease(request, this.#clock.monotonicMs());
      worker.send('limits', { id, lease } satisfies Answer);
    });
  }
}

/** The worker's part. A worker ends with its primary, so that the primary is up. */
export function openProcessTokenLeases(primary: ProcessChannel): TokenLeases {
  const waiting = new Map<number, (lease: Lease) => void>();
  let lastId = 0;
  primary.onMessage('limits', ({ id, lease }: Answer) => {
    waiting.get(id)?.(lease);
    waiting.delete(id);
  });
  return {
    isUp: true,
    lease: (request) => {
      lastId += 1;
      const { promise, resolve } = Promise.withResolvers<Lease>();
      waiting.set(lastId, resolve);
      primary.send('limits', { id: lastId, request } satisfies Question);
      return promise;
    },
  };
}
