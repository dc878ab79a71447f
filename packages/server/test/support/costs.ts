/** CPU cost of work in this process, independent of the machine's load. */
import assert from 'node:assert/strict';

/** The cheapest of three runs: others may include compilation or garbage collection. */
async function cpuMsOf(work: () => unknown): Promise<number> {
  let cheapest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    cheapest = Math.min(cheapest, (user + system) / 1000);
  }
  return cheapest;
}

export async function assertCheap(work: () => unknown, msMax: number): Promise<void> {
  const ms = await cpuMsOf(work);
  assert(ms <= msMax, `took ${ms.toFixed(1)} ms of the processor, allowed: ${msMax}`);
}
