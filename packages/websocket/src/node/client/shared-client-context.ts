/**
 * State that the clients of a thread share, if they have the same limits: one timer, one heartbeat,
 * one buffer for answers. A client of its own would cost a timer and 100 KiB.
 */
import { callApplication, warn } from '../call-application.ts';
import type { EndpointContext, EndpointObserver } from '../connection/endpoint-types.ts';
import { createCompressionService } from '../deflate/compression-service.ts';
import { Heartbeat } from '../liveness/heartbeat.ts';
import { StallWatchlist } from '../liveness/stall-watchlist.ts';
import { Instrumentation } from '../metrics/instrumentation.ts';
import { tickMs } from '../options/time-limits.ts';
import { receiverOptions } from '../receive/receiver-options.ts';
import { FlushQueue } from '../send/flush-queue.ts';
import { createMask } from './client-mask.ts';
import { type ClientOptions, GROUP_OPTIONS } from './client-options.ts';

/** The fields of a context that all clients of the thread share. */
export const CLIENT_SHARED = Object.freeze({
  role: Object.freeze({ name: 'client', maskFrame: createMask() }),
  flushQueue: new FlushQueue(),
  reportedErrors: new WeakSet(),
});

type ClientGroup = ReturnType<typeof startGroup>;

/** By clock, then by the values of `GROUP_OPTIONS`. */
const groups = new WeakMap<object, Map<string, ClientGroup>>();

/** The context of a client with these options, until its socket is gone. */
export function enterSharedContext<M>(options: ClientOptions<M>): EndpointContext<M> {
  const { clock, handleListenerError = warn } = options;
  const ofClock = groups.get(clock) ?? new Map<string, ClientGroup>();
  groups.set(clock, ofClock);
  const key = JSON.stringify(GROUP_OPTIONS.map((name) => options[name]));
  const group = ofClock.get(key) ?? startGroup(options);
  ofClock.set(key, group);
  group.clients += 1;
  const observer: EndpointObserver<M> = {
    handleThrown: (thrown) => callApplication(() => handleListenerError(thrown), warn),
    handleGone: () => {
      group.clients -= 1;
      if (group.clients > 0) return;
      group.ticker.clear();
      ofClock.delete(key);
    },
  };
  return { ...group.context, options, rules: receiverOptions('server', options), observer };
}

function startGroup<M>(options: ClientOptions<M>) {
  const { clock } = options;
  const heartbeat = new Heartbeat(options);
  const stallWatchlist = new StallWatchlist();
  heartbeat.start(clock.now(), tickMs(options));
  const ticker = clock.setInterval(() => {
    const now = clock.now();
    if (heartbeat.tick(now)) stallWatchlist.tick(now);
  }, tickMs(options));
  const context = {
    ...CLIENT_SHARED,
    deflate: createCompressionService(options),
    heartbeat: options.enableHeartbeat ? heartbeat : undefined,
    stallWatchlist,
    instrumentation: new Instrumentation(clock),
  };
  return { context, ticker, clients: 0 };
}
