/** CPU time and memory of a process, as the kernel reports them. Linux. */
import { readFileSync } from 'node:fs';

interface ProcessReading {
  readonly cpuMicros: number;
  readonly residentBytes: number;
}

/** Clock ticks in `/proc` are hundredths of a second. */
const TICK_MICROS = 10_000;
const PAGE_BYTES = 4096;

export function readProcess(pid: number): ProcessReading {
  const fields = readStat(pid);
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { cpuMicros: ticks * TICK_MICROS, residentBytes: Number(fields[21]) * PAGE_BYTES };
}

/** CPU time of a process and of its children, also of those that have ended. */
export function readFamilyCpuMicros(pid: number): number {
  const fields = readStat(pid);
  const endedTicks = Number(fields[13]) + Number(fields[14]);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const running = [pid, ...(children === '' ? [] : children.split(' ').map(Number))];
  return running.reduce((sum, each) => sum + readProcess(each).cpuMicros, endedTicks * TICK_MICROS);
}

/**
 * Returns the fields after the name, which may contain any character: the first is the state, the
 * 12th and 13th are user and system time, the 14th and 15th those of children that have ended.
 */
function readStat(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
