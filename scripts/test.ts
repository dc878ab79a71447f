/**
 * `npm test [-- PATH ...]`: the checks, then the tests.
 *
 * A path selects the test files whose names contain it; then the checks are skipped. The tests with
 * Cassandra, which take minutes and gigabytes, run only if a path selects them.
 * The last line is `N passed, N failed`, followed by `, N skipped` if tests were
 * skipped because the machine lacks something; with `CI` set that is a failure.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readArguments } from './arguments.ts';
import { type CheckResult, runChecks } from './checks.ts';
import { buildWebClient } from './setup/build-web.ts';
import { prepareForTests } from './setup/test-machine.ts';
import { root } from './steps.ts';
import type { TestLine } from './test/reporter.ts';
import { inOrder, inProcesses, runAll } from './test/run-all.ts';
import { runTestFiles } from './test/run-file.ts';

const { positionals: picked, values } = readArguments({
  name: 'test',
  about:
    'Runs the checks, then all tests. With PART: only the test files whose path contains it, without the checks.',
  positionals: '[PART ...]',
  options: {
    all: {
      type: 'boolean',
      default: false,
      about: 'Repeat the tests with random histories and kills as often as every night.',
    },
    slowest: {
      type: 'string',
      value: 'N',
      default: '0',
      about: 'Number of slowest test files to print, with their CPU time.',
    },
  },
});

const ONLY_IF_PICKED = join('stores', 'cassandra');

interface Duration {
  readonly paths: readonly string[];
  readonly ms: number;
  readonly cpuMs: number;
}

const durations: Duration[] = [];
const tally = { passed: 0, failed: 0, skipped: 0 };
const faults: string[] = [];

// First, because the checks must not see an unfinished build; it has printed why it failed.
if (!(await buildWebClient())) process.exit(1);
// The checks load the processors, the preparations the network.
const [checks, environment] = await Promise.all([
  picked.length === 0 ? runChecks() : [],
  prepareForTests(),
]);
reportChecks(checks);
Object.assign(process.env, environment, values.all ? { PARLEY_TEST_ALL: '1' } : {});
await runAll(inProcesses(inOrder(testFiles())), async (paths) => {
  const startMs = performance.now();
  const { lines, cpuMs } = await runTestFiles(paths);
  for (const line of lines) reportTest(line.file ?? paths[0], line);
  durations.push({ paths, ms: performance.now() - startMs, cpuMs });
});
reportSlowest(Number(values.slowest));

for (const fault of faults) console.log(`\n${fault}`);
const skipped = tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`;
console.log(`\n${tally.passed} passed, ${tally.failed} failed${skipped}`);
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);

function reportSlowest(count: number): void {
  const slowest = durations.toSorted((a, b) => b.ms - a.ms).slice(0, count);
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(7)} s`;
  for (const { paths, ms, cpuMs } of slowest) {
    const others = paths.length === 1 ? '' : ` and ${paths.length - 1} others`;
    console.log(`${seconds(ms)} ${seconds(cpuMs)} CPU  ${paths[0]}${others}`);
  }
  const cpuMs = durations.reduce((sum, duration) => sum + duration.cpuMs, 0);
  if (count > 0) console.log(`${seconds(cpuMs)} CPU in all test files`);
}

function reportChecks(results: readonly CheckResult[]): void {
  for (const { name, fault } of results) {
    console.log(`${fault === '' ? 'ok    ' : 'FAILED'}  ${name}`);
    if (fault === '') tally.passed += 1;
    else {
      tally.failed += 1;
      faults.push(`FAILED  ${name}\n${fault}`);
    }
  }
}

function testFiles(): string[] {
  return ['packages', 'tests', 'scripts']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.test\.tsx?$/.test(entry.name))
        .map((entry) => relative(root, join(entry.parentPath, entry.name))),
    )
    .filter((path) => !path.includes('node_modules'))
    .filter((path) =>
      picked.length === 0
        ? !path.includes(ONLY_IF_PICKED)
        : picked.some((part) => path.includes(part)),
    );
}

function reportTest(path: string | undefined, { name, outcome, why }: TestLine): void {
  tally[outcome] += 1;
  if (outcome === 'skipped') console.log(`skipped ${name}${why === '' ? '' : `: ${why}`}`);
  if (outcome !== 'failed') return;
  console.log(`FAILED  ${path}: ${name}`);
  faults.push(`FAILED  ${path}: ${name}\n${why}`);
}
