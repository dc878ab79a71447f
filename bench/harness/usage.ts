/** Resources that a process has used so far; the difference of two readings is a measurement. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Usage {
  /** User and system time of all threads. */
  readonly cpuMicros: number;
  readonly atMs: number;
}

export function readUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMicros: user + system, atMs: performance.now() };
}

/** The share of a core that was used between two readings, 0 to 1 for one thread. */
export function coreShare(from: Usage, to: Usage): number {
  return (to.cpuMicros - from.cpuMicros) / 1_000 / (to.atMs - from.atMs);
}

const POLL_MS = 25;

/** Waits until a process has used `cpuMs` more CPU time, at most `msMax`. */
export async function passCpuTime(
  read: () => Promise<Usage>,
  { cpuMs, msMax }: { readonly cpuMs: number; readonly msMax: number },
): Promise<void> {
  const from = await read();
  for (;;) {
    await sleep(POLL_MS);
    const { cpuMicros, atMs } = await read();
    if (cpuMicros - from.cpuMicros >= cpuMs * 1_000 || atMs - from.atMs >= msMax) return;
  }
}

/** Of a core; a process that only answers readings uses less. */
const IDLE_SHARE_MAX = 0.05;

/** Waits until a process has nothing left to do, at most `msMax`. */
export async function passBacklog(read: () => Promise<Usage>, msMax: number): Promise<void> {
  const from = await read();
  let last = from;
  for (;;) {
    await sleep(POLL_MS);
    const usage = await read();
    const isIdle = coreShare(last, usage) < IDLE_SHARE_MAX;
    if (isIdle || usage.atMs - from.atMs >= msMax) return;
    last = usage;
  }
}
