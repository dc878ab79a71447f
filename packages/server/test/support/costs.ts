/** What a piece of work costs this process, however many others the machine runs. */
import assert from 'node:assert/strict';

/** Of three runs the cheapest: the others may have compiled code or collected garbage. */
export async function cpuMsOf(work: () => unknown): Promise<number> {
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
