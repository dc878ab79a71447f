/** Runs a test file, or several together, in a process and reports the results of the tests. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { root } from '../steps.ts';
import { onThisMachine } from './machine-factor.ts';
import { endOfCpu, runningIn, watchCpu } from './processes.ts';
import type { BegunLine, TestLine, UsageLine } from './reporter.ts';

/** Time limit of a process. The slowest take a third of it beside two others on two slow cores. */
const PROCESS_MS_MAX = 900_000;
/** Of each test, so that one that waits for ever is named and delays no other; more with `--all`. */
const TEST_MS_MAX = process.env['PARLEY_TEST_ALL'] === '1' ? 800_000 : 300_000;
/** In this time, what is closing when the tests end may end as well. */
const CLOSING_PAUSES = 20;
const CLOSING_PAUSE_MS = 100;
const reporter = pathToFileURL(join(import.meta.dirname, 'reporter.ts')).href;
const preloads = ['untracked.mjs', 'random-seed.mjs', 'parent.mjs'].map(
  (name) => `--import=${pathToFileURL(join(import.meta.dirname, name)).href}`,
);
/** Texts of dates and errors are the same on every machine. */
const SAME_EVERYWHERE = { TZ: 'UTC', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
const group = join(import.meta.dirname, 'group.ts');

interface TestRun {
  readonly lines: readonly TestLine[];
  /** Of the process and all that it has started. */
  readonly cpuMs: number;
}

export async function runTestFiles(
  paths: readonly string[],
  testMsMax = onThisMachine(TEST_MS_MAX),
): Promise<TestRun> {
  const directory = await mkdtemp(join(tmpdir(), 'parley-tests-'));
  try {
    const ended = await runProcess(paths, directory, testMsMax);
    const report = await readReport(reportIn(directory));
    const cpuMs = Math.max(ended.cpuMs, report.cpuMs);
    const fault = faultOf(ended, report);
    if (fault === undefined) return { lines: report.lines, cpuMs };
    const [path = ''] = paths;
    const name = paths.length === 1 ? path : `${path} and ${paths.length - 1} others`;
    return { lines: [...report.lines, { name, outcome: 'failed', why: fault }], cpuMs };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const reportIn = (directory: string): string => join(directory, 'report.jsonl');

interface Ended {
  readonly cpuMs: number;
  /** Names of processes that the tests have left running. */
  readonly left: readonly string[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly tookTooLong: boolean;
}

function runProcess(
  paths: readonly string[],
  directory: string,
  testMsMax: number,
): Promise<Ended> {
  // A group of its own, so that what its tests have left running ends with it.
  const child = spawn(
    process.execPath,
    [
      // A failed test may leave a server open; that must not delay the others.
      '--test-force-exit',
      `--test-timeout=${testMsMax}`,
      ...preloads,
      `--test-reporter=${reporter}`,
      `--test-reporter-destination=${reportIn(directory)}`,
      ...(paths.length === 1 ? [] : [group]),
      ...paths,
    ],
    {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...{ ...process.env, ...SAME_EVERYWHERE },
        // Files that a test leaves behind, or a killed one, go with its directory.
        TMPDIR: directory,
        PARLEY_TEST_EVIDENCE: tmpdir(),
      },
    },
  );
  const { pid = 0 } = child; // 0 if it could not be started.
  if (pid !== 0) groups.add(pid);
  watchCpu(pid);
  return new Promise((resolve, reject) => {
    let tookTooLong = false;
    const watchdog = setTimeout(() => {
      tookTooLong = true;
      child.kill('SIGKILL');
    }, onThisMachine(PROCESS_MS_MAX));
    child.once('error', reject);
    child.once('close', async (code, signal) => {
      clearTimeout(watchdog);
      const left = await leftIn(pid);
      if (pid !== 0) endGroup(pid);
      resolve({ code, signal, tookTooLong, left, cpuMs: endOfCpu(pid) });
    });
  });
}

/** Process groups of the tests that are running; Ctrl-C reaches only the group of this process. */
const groups = new Set<number>();
process.once('exit', () => groups.forEach(endGroup));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1));
}

function endGroup(pid: number): void {
  groups.delete(pid);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Waits a little for those that are closing. */
async function leftIn(session: number): Promise<readonly string[]> {
  let left = runningIn(session);
  for (let pauses = 0; left.length > 0 && pauses < CLOSING_PAUSES; pauses += 1) {
    await wait(CLOSING_PAUSE_MS);
    left = runningIn(session);
  }
  return left;
}

interface Report extends TestRun {
  /** As in the last line; empty if it is missing. */
  readonly open: readonly string[];
  /** The tests that had begun when the process ended, if it ended before all of its tests. */
  readonly cutOff: readonly string[] | undefined;
}

async function readReport(path: string): Promise<Report> {
  const text = await readFile(path, 'utf8').catch(() => '');
  // A killed process may have left a partial line.
  const entries = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TestLine | BegunLine | UsageLine);
  const lines = entries.filter((entry) => 'outcome' in entry);
  const usage = entries.find((entry) => 'cpuMs' in entry);
  const finished = new Set(lines.map(({ name }) => name));
  const begun = entries.filter((entry) => 'begun' in entry).map((entry) => entry.begun);
  return {
    lines,
    cpuMs: usage?.cpuMs ?? 0,
    open: usage?.open ?? [],
    cutOff: usage === undefined ? begun.filter((name) => !finished.has(name)) : undefined,
  };
}

/** A problem of the whole file, beyond the results of its tests. */
function faultOf(ended: Ended, { lines, cutOff, open }: Report): string | undefined {
  const during = cutOff === undefined ? '' : `; not finished: ${cutOff.join(', ')}`;
  if (ended.tookTooLong) return `still running after ${PROCESS_MS_MAX / 1000} s${during}`;
  if (ended.signal !== null) return `ended by ${ended.signal}${during}`;
  if (lines.length === 0 && cutOff?.length === 0) return 'holds no test';
  if (cutOff !== undefined) return `ended with code ${ended.code} before its tests${during}`;
  const hasFailed = lines.some((line) => line.outcome === 'failed');
  if (ended.code !== 0 && !hasFailed) return `exit code ${ended.code}, though no test failed`;
  if (lines.length === 0) return 'holds no test';
  const left = [...open, ...ended.left];
  // A failed test may leave anything.
  return left.length === 0 || hasFailed ? undefined : `left open: ${left.join(', ')}`;
}
