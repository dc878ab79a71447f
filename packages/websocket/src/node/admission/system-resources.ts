/** What the process itself can run out of: memory, its loop's time, its loop's promptness. */
import { totalmem } from 'node:os';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/**
 * The memory in use, in percent of what ends the process: the container's or the machine's memory
 * for all of it, the engine's own limit for the heap. The heap that is merely reserved says
 * nothing (WS-220).
 */
export function memoryPercent(): number {
  const { used_heap_size: heapUsed, heap_size_limit: heapLimit } = getHeapStatistics();
  // 0, or more than the machine has, where no container sets a limit.
  const constrained = process.constrainedMemory();
  const limit = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return 100 * Math.max(process.memoryUsage.rss() / limit, heapUsed / heapLimit);
}

/**
 * The loop's share of busy time since it was last read, in percent. It is the CPU that counts
 * here: one loop can use one core, whatever the rest of the process or the machine does.
 */
export class LoopUsage {
  #last: EventLoopUtilization = performance.eventLoopUtilization();

  readPercent(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    return 100 * utilization;
  }
}

/** How late the server's own ticks come, which is how long anything waits for its turn. */
export class LoopDelay {
  #lastTickMs: number | undefined;
  #sumMs = 0;
  #count = 0;

  /** To be called by each tick; a pause in the ticking is told by `stop`. */
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

  /** The mean since it was last read, in milliseconds. */
  readMs(): number {
    const mean = this.#count === 0 ? 0 : this.#sumMs / this.#count;
    this.#sumMs = 0;
    this.#count = 0;
    return mean;
  }
}
