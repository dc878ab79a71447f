/** Parts of the HTTP server that follow from the settings. */

import type { UserId } from '@parley/protocol';
import { flatLimits } from '../config/connection-limits.ts';
import type { Values } from '../config/load-config.ts';
import type { BoundedLeases } from '../domain/primitives/bounded-leases.ts';
import { RateLimiter } from '../domain/primitives/rate-limiter.ts';
import { SocketioWorkerForwarder } from '../http/socketio-worker-forwarder.ts';
import type { Worker } from './server-options.ts';

/** The same bucket per user, for messages that users post over HTTP while their socket is down. */
export function openFlatPostLimits(values: Values, leases: BoundedLeases): RateLimiter<UserId> {
  const { messageRateMax: capacity, messageRateWindowMs: windowMs } = flatLimits(values);
  return new RateLimiter('flat-posts', { capacity, windowMs }, leases);
}

export function openForwarder(
  { number, socketDirectory }: Worker,
  values: Values,
): SocketioWorkerForwarder {
  const { WORKERS: workerCount } = values;
  return new SocketioWorkerForwarder({ worker: number, workerCount, directory: socketDirectory });
}
