/** Runs a test file, or several together, in a process and reports the results of the tests. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../steps.ts';
import type { TestLine, UsageLine } from './reporter.ts';

/** Time limit of a test file. The slowest take a third of it beside two others on two slow cores. */
const TEST_FILE_MS_MAX = 900_000;
/** Of each test, so that one that waits for ever is named and delays no other. */
const TEST_MS_MAX = 300_000;
const reporter = pathToFileURL(join(import.meta.dirname, 'reporter.ts')).href;
const untracked = pathToFileURL(join(import.meta.dirname, 'untracked.mjs')).href;
const group = join(import.meta.dirname, 'group.ts');

interface TestRun extends UsageLine {
  readonly lines: readonly TestLine[];
}

export async function runTestFiles(paths: readonly string[]): Promise<TestRun> {
  const report = join(tmpdir(), `parley-test-${randomUUID()}.jsonl`);
  try {
    const ended = await runProcess(paths, report);
    const { lines, cpuMs } = await readReport(report);
    const fault = faultOf(ended, lines);
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

function runProcess(paths: readonly string[], report: string): Promise<Ended> {
  const child = spawn(
    process.execPath,
    [
      // A failed test may leave a server open; that must not delay the others.
      '--test-force-exit',
      `--test-timeout=${TEST_MS_MAX}`,
      `--import=${untracked}`,
      `--test-reporter=${reporter}`,
      `--test-reporter-destination=${report}`,
      ...(paths.length === 1 ? [] : [group]),
      ...paths,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  return new Promise((resolve, reject) => {
    let tookTooLong = false;
    const watchdog = setTimeout(() => {
      tookTooLong = true;
      child.kill('SIGKILL');
    }, TEST_FILE_MS_MAX);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(watchdog);
      resolve({ code, signal, tookTooLong });
    });
  });
}

async function readReport(path: string): Promise<TestRun> {
  const text = await readFile(path, 'utf8').catch(() => '');
  // A killed process may have left a partial line.
  const entries = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TestLine | UsageLine);
  return {
    lines: entries.filter((entry) => 'outcome' in entry),
    cpuMs: entries.find((entry) => 'cpuMs' in entry)?.cpuMs ?? 0,
  };
}

/** A problem of the whole file, beyond the results of its tests. */
function faultOf(ended: Ended, lines: readonly TestLine[]): string | undefined {
  if (ended.tookTooLong) return `still running after ${TEST_FILE_MS_MAX / 1000} s`;
  if (ended.signal !== null) return `ended by ${ended.signal}`;
  const hasFailed = lines.some((line) => line.outcome === 'failed');
  if (ended.code !== 0 && !hasFailed) return `exit code ${ended.code}, though no test failed`;
  if (lines.length === 0) return 'holds no test';
  return undefined;
}
