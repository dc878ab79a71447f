/** The order of the test processes: first those that find most faults in least time, then the longest. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Wall and CPU seconds of a test file in a whole run; of one that shares a process, its part. */
type Timing = readonly [seconds: number, cpuSeconds: number];
type Timings = Readonly<Record<string, Timing>>;

/** Rules without processes, network or time: half a minute, and a failure there is never chance. */
const QUICK = [
  'packages/client/test/core/',
  'packages/protocol/test/',
  'packages/server/test/domain/',
  'packages/websocket/test/protocol/',
];
const path = join(import.meta.dirname, 'timings.json');
/** Of files that are new, or too short to be recorded. */
const UNKNOWN: Timing = [1, 0.5];
const RECORDED_MIN_SECONDS = 2;
/** A process that uses less of a processor waits for timers and for other processes. */
const WAITING_SHARE = 0.4;

export function readTimings(): Timings {
  return JSON.parse(readFileSync(path, 'utf8')) as Timings;
}

export function isQuick([first = '']: readonly string[]): boolean {
  return QUICK.some((folder) => first.startsWith(folder));
}

/**
 * For `runAll`, which takes from both ends: the processes that compute stand at the start, those that wait
 * for others at the end, the longest outside. The short ones between them make an even end.
 */
export function inOrder(
  processes: readonly (readonly string[])[],
  timings: Timings,
): (readonly string[])[] {
  const timed = processes.map((paths) => ({ paths, timing: sumOf(paths, timings) }));
  const waits = ({ timing: [seconds, cpuSeconds] }: (typeof timed)[number]): boolean =>
    cpuSeconds < WAITING_SHARE * seconds;
  const computing = timed.filter((each) => !waits(each));
  const waiting = timed.filter(waits);
  return [
    ...computing.toSorted((a, b) => b.timing[1] - a.timing[1]),
    ...waiting.toSorted((a, b) => a.timing[0] - b.timing[0]),
  ].map(({ paths }) => paths);
}

function sumOf(paths: readonly string[], timings: Timings): Timing {
  const all = paths.map((each) => timings[each] ?? UNKNOWN);
  return [sum(all.map(([seconds]) => seconds)), sum(all.map(([, cpuSeconds]) => cpuSeconds))];
}

export interface Duration {
  readonly paths: readonly string[];
  readonly ms: number;
  readonly cpuMs: number;
}

/** After a complete run without failures: the weights of the next ones. */
export function writeTimings(durations: readonly Duration[]): void {
  const rows = durations.flatMap(({ paths, ms, cpuMs }) => {
    const timing: Timing = [secondsOf(ms / paths.length), secondsOf(cpuMs / paths.length)];
    const isShort = Math.max(...timing) < RECORDED_MIN_SECONDS;
    return isShort ? [] : paths.map((each): [string, Timing] => [each, timing]);
  });
  const lines = rows
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([each, [seconds, cpuSeconds]]) => `  "${each}": [${seconds}, ${cpuSeconds}]`);
  writeFileSync(path, `{\n${lines.join(',\n')}\n}\n`);
}

function secondsOf(ms: number): number {
  return Math.round(ms / 100) / 10;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
