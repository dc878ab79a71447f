/**
 * State that the clients of a thread share, if they have the same limits: one timer, one heartbeat,
 * one buffer for answers. A client of its own would cost a timer and 100 KiB.
 */
import type { Timer } from '../clock.ts';
import type { EndpointContext, EndpointRole } from '../connection/endpoint-types.ts';
import { createCompressionService } from '../deflate/compression-service.ts';
import { Heartbeat } from '../liveness/heartbeat.ts';
import { StallWatchlist } from '../liveness/stall-watchlist.ts';
import { Instrumentation } from '../metrics/instrumentation.ts';
import { tickMs } from '../options/time-limits.ts';
import { FlushQueue } from '../send/flush-queue.ts';
import { createMask } from './client-mask.ts';
import type { ClientOptions } from './client-options.ts';

/** The fields of a context that all clients of the thread share. */
export const CLIENT_SHARED: { readonly role: EndpointRole; readonly flushQueue: FlushQueue } =
  Object.freeze({
    role: Object.freeze({ name: 'client', maskFrame: createMask() }),
    flushQueue: new FlushQueue(),
  });

type GroupContext = Omit<EndpointContext<never>, 'options' | 'rules' | 'observer'>;

export class SharedClientContext {
  readonly context: GroupContext;
  readonly #ticker: Timer;
  readonly #handleEmpty: () => void;
  #clients = 0;

  constructor(options: ClientOptions<never>, handleEmpty: () => void) {
    const { clock } = options;
    const heartbeat = new Heartbeat(options, tickMs(options));
    const stallWatchlist = new StallWatchlist();
    heartbeat.start(clock.now());
    this.#handleEmpty = handleEmpty;
    this.#ticker = clock.setInterval(() => {
      const now = clock.now();
      heartbeat.tick(now);
      stallWatchlist.tick(now);
    }, tickMs(options));
    this.context = {
      ...CLIENT_SHARED,
      deflate: createCompressionService(options),
      heartbeat: options.enableHeartbeat ? heartbeat : undefined,
      stallWatchlist,
      instrumentation: new Instrumentation(clock),
    };
  }

  enter(): void {
    this.#clients += 1;
  }

  leave(): void {
    this.#clients -= 1;
    if (this.#clients > 0) return;
    this.#ticker.clear();
    this.#handleEmpty();
  }
}

/** By clock, then by the options that a group depends on. */
const groups = new WeakMap<object, Map<string, SharedClientContext>>();

/** The group for these options; call its `leave` when the client's socket is gone. */
export function enterSharedContext<M>(options: ClientOptions<M>): SharedClientContext {
  const ofClock = groups.get(options.clock) ?? new Map<string, SharedClientContext>();
  groups.set(options.clock, ofClock);
  const key = groupKey(options);
  // Metadata, the only part that depends on M, is not used here.
  const shared = options as ClientOptions<never>;
  const group = ofClock.get(key) ?? new SharedClientContext(shared, () => ofClock.delete(key));
  ofClock.set(key, group);
  group.enter();
  return group;
}

function groupKey<M>(options: ClientOptions<M>): string {
  return JSON.stringify([
    options.enableHeartbeat,
    options.heartbeatInterval,
    options.heartbeatTimeout,
    options.maxMissedPongs,
    options.maxIdleTime,
    options.fragmentTimeout,
    options.writeTimeout,
    options.maxMessageSize,
    options.perMessageDeflate,
  ]);
}
