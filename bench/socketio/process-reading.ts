/** CPU time and memory of a process, as the kernel reports them. Linux. */
import { readFileSync } from 'node:fs';

export interface ProcessReading {
  readonly cpuMicros: number;
  readonly residentBytes: number;
}

/** Clock ticks in `/proc` are hundredths of a second. */
const TICK_MICROS = 10_000;
const PAGE_BYTES = 4096;

export function readProcess(pid: number): ProcessReading {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Fields after the name, which may contain any character: the first is the state, the 12th and 13th are user and system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { cpuMicros: ticks * TICK_MICROS, residentBytes: Number(fields[21]) * PAGE_BYTES };
}
