/** Resources of the process itself: memory, event loop time, event loop delay. */
import { totalmem } from 'node:os';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/** Percent in use of the memory of the container or machine, or of the heap, whichever is more. */
export function memoryPercent(): number {
  const { used_heap_size: heapUsed, heap_size_limit: heapLimit } = getHeapStatistics();
  // 0, or more than the machine has, if no container sets a limit.
  const constrained = process.constrainedMemory();
  const limit = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return 100 * Math.max(process.memoryUsage.rss() / limit, heapUsed / heapLimit);
}

/** Busy share of the event loop since the last read, in percent of the one core it can use. */
export class LoopUsage {
  #last: EventLoopUtilization = performance.eventLoopUtilization();

  readPercent(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    return 100 * utilization;
  }
}

/** Delay of the server's own ticks, which is how long any event waits for its turn. */
export class LoopDelay {
  #lastTickMs: number | undefined;
  #sumMs = 0;
  #count = 0;

  tick(nowMs: number, periodMs: number): void {
    if (this.#lastTickMs !== undefined) {
      this.#sumMs += Math.max(nowMs - this.#lastTickMs - periodMs, 0);
      this.#count += 1;
    }
    this.#lastTickMs = nowMs;
  }

  stop(): void {
    this.#lastTickMs = undefined;
  }

  readMs(): number {
    const mean = this.#count === 0 ? 0 : this.#sumMs / this.#count;
    this.#sumMs = 0;
    this.#count = 0;
    return mean;
  }
}
