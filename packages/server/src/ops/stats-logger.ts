/** Logs the number of connections and the memory usage periodically, for finding leaks. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger, LogRecord } from '../ports/logger.ts';

interface StatsLoggerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counts: {
    readonly connections: { readonly count: number };
    readonly connectedUsers: { readonly count: number };
    readonly budget: {
      readonly bytesMax: number;
      readonly bytes: Omit<ServerState['budget'], 'bytesMax'>;
    };
    /** Undefined if each node commits its own messages. */
    readonly router: { readonly counts: ServerState['handovers'] } | undefined;
  };
}

type ServerState = Extract<LogRecord, { event: 'server.state' }>;

const INTERVAL_MS = 60_000;
const NS_PER_MS = 1_000_000;

export class StatsLogger {
  readonly #options: StatsLoggerOptions;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 100 });
  #memory = process.memoryUsage();
  #timer: Timer | undefined;

  constructor(options: StatsLoggerOptions) {
    this.#options = options;
    this.#loopDelay.enable();
    this.#next();
  }

  close(): void {
    this.#timer?.cancel();
    this.#loopDelay.disable();
  }

  #next(): void {
    this.#timer = this.#options.clock.schedule(INTERVAL_MS, () => {
      this.#report();
      this.#next();
    });
  }

  #report(): void {
    const { logger, counts } = this.#options;
    this.#memory = memoryOr(this.#memory);
    const { rss, heapUsed } = this.#memory;
    logger.record({
      event: 'server.state',
      connections: counts.connections.count,
      users: counts.connectedUsers.count,
      residentBytes: rss,
      heapBytes: heapUsed,
      loopDelayMs: Math.round(this.#loopDelay.percentile(99) / NS_PER_MS),
      budget: { bytesMax: counts.budget.bytesMax, ...counts.budget.bytes },
      handovers: counts.router?.counts,
    });
    this.#loopDelay.reset();
  }
}

/** Returns the last value if reading fails: it opens a file, and no descriptor may be left. */
function memoryOr(last: NodeJS.MemoryUsage): NodeJS.MemoryUsage {
  try {
    return process.memoryUsage();
  } catch {
    return last;
  }
}
