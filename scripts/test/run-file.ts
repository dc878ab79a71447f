/** Runs a test file, or several together, in a process and reports the results of the tests. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../steps.ts';
import type { BegunLine, TestLine, UsageLine } from './reporter.ts';

/** Time limit of a test file. The slowest take a third of it beside two others on two slow cores. */
const TEST_FILE_MS_MAX = 900_000;
/** Of each test, so that one that waits for ever is named and delays no other; more with `--all`. */
const TEST_MS_MAX = process.env['PARLEY_TEST_ALL'] === '1' ? 800_000 : 300_000;
const reporter = pathToFileURL(join(import.meta.dirname, 'reporter.ts')).href;
const preloads = ['untracked.mjs', 'random-seed.mjs'].map(
  (name) => `--import=${pathToFileURL(join(import.meta.dirname, name)).href}`,
);
/** Texts of dates and errors are the same on every machine. */
const SAME_EVERYWHERE = { TZ: 'UTC', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
const group = join(import.meta.dirname, 'group.ts');

interface TestRun extends UsageLine {
  readonly lines: readonly TestLine[];
}

export async function runTestFiles(
  paths: readonly string[],
  testMsMax = TEST_MS_MAX,
): Promise<TestRun> {
  const report = join(tmpdir(), `parley-test-${randomUUID()}.jsonl`);
  try {
    const ended = await runProcess(paths, report, testMsMax);
    const { lines, cpuMs, cutOff } = await readReport(report);
    const fault = faultOf(ended, lines, cutOff);
    if (fault === undefined) return { lines, cpuMs };
    const [path = ''] = paths;
    const name = paths.length === 1 ? path : `${path} and ${paths.length - 1} others`;
    return { lines: [...lines, { name, outcome: 'failed', why: fault }], cpuMs };
  } finally {
    await rm(report, { force: true });
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly tookTooLong: boolean;
}

function runProcess(paths: readonly string[], report: string, testMsMax: number): Promise<Ended> {
  // A group of its own, so that what its tests have left running ends with it.
  const child = spawn(
    process.execPath,
    [
      // A failed test may leave a server open; that must not delay the others.
      '--test-force-exit',
      `--test-timeout=${testMsMax}`,
      ...preloads,
      `--test-reporter=${reporter}`,
      `--test-reporter-destination=${report}`,
      ...(paths.length === 1 ? [] : [group]),
      ...paths,
    ],
    {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...SAME_EVERYWHERE },
    },
  );
  if (child.pid !== undefined) groups.add(child.pid);
  return new Promise((resolve, reject) => {
    let tookTooLong = false;
    const watchdog = setTimeout(() => {
      tookTooLong = true;
      child.kill('SIGKILL');
    }, TEST_FILE_MS_MAX);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(watchdog);
      if (child.pid !== undefined) endGroup(child.pid);
      resolve({ code, signal, tookTooLong });
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

interface Report extends TestRun {
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
    cutOff: usage === undefined ? begun.filter((name) => !finished.has(name)) : undefined,
  };
}

/** A problem of the whole file, beyond the results of its tests. */
function faultOf(
  ended: Ended,
  lines: readonly TestLine[],
  cutOff: readonly string[] | undefined,
): string | undefined {
  const during = cutOff === undefined ? '' : `; not finished: ${cutOff.join(', ')}`;
  if (ended.tookTooLong) return `still running after ${TEST_FILE_MS_MAX / 1000} s${during}`;
  if (ended.signal !== null) return `ended by ${ended.signal}${during}`;
  if (lines.length === 0 && cutOff?.length === 0) return 'holds no test';
  if (cutOff !== undefined) return `ended with code ${ended.code} before its tests${during}`;
  const hasFailed = lines.some((line) => line.outcome === 'failed');
  if (ended.code !== 0 && !hasFailed) return `exit code ${ended.code}, though no test failed`;
  return lines.length === 0 ? 'holds no test' : undefined;
}
