/**
 * `npm test [-- PATH ...]`: the checks, then the tests.
 *
 * A path selects the test files whose names contain it; then the checks are skipped. The tests with
 * Cassandra, which take minutes and gigabytes, run only if a path selects them; those of `test/nightly.ts`
 * also with `--all`.
 * A failed check, or a failed rule of the domain, stops the run at once. Other failed files run once more,
 * alone; tests that then pass are named as flaky, and too many of them are a failure (`test/second-try.ts`).
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
import { burnIn, changedSince } from './test/burn-in.ts';
import { measureMachineFactor } from './test/machine-factor.ts';
import { isNightly } from './test/nightly.ts';
import { type Duration, inOrder, isQuick, readTimings, writeTimings } from './test/plan.ts';
import type { TestLine } from './test/reporter.ts';
import { inProcesses, runAll } from './test/run-all.ts';
import { runTestFiles } from './test/run-file.ts';
import { FLAKY_MAX, type FlakyTest, type ProcessRun, tryAgain } from './test/second-try.ts';

const { positionals: picked, values } = readArguments({
  name: 'test',
  about:
    'Runs the checks, then all tests. With PART: only the test files whose path contains it, without the checks.',
  positionals: '[PART ...]',
  options: {
    all: {
      type: 'boolean',
      default: false,
      about:
        'Run the nightly tests too, and repeat those with random histories and kills as often as every night.',
    },
    slowest: {
      type: 'string',
      value: 'N',
      default: '0',
      about:
        'Number of test files to print, those with the most CPU time, with all that they start.',
    },
    'burn-in': {
      type: 'string',
      value: 'COMMIT',
      about:
        'Run only the test files that differ from this commit, 20 times, 5 of them on a busy machine.',
    },
    record: {
      type: 'boolean',
      default: false,
      about: 'After a run without failures, write its times to scripts/test/timings.json.',
    },
  },
});

const burnInSince = values['burn-in'];
const isPicked = picked.length > 0 || burnInSince !== undefined;
if (values.record && isPicked) {
  console.error('--record needs the times of all test files: leave out PART and --burn-in.');
  process.exit(1);
}
const ONLY_IF_PICKED = join('stores', 'cassandra');
/** With more failed processes than these the others are not run: the cause is in the change. */
const FAILED_MAX = 5;

const durations: Duration[] = [];
const tally = { passed: 0, failed: 0, skipped: 0 };
const faults: string[] = [];
const runs: ProcessRun[] = [];

// First, because the checks must not see an unfinished build; it has printed why it failed.
if (!(await buildWebClient())) process.exit(1);
const factor = measureMachineFactor();
if (factor > 1) console.log(`Deadlines are longer: this machine is ${factor} times slower.`);
Object.assign(process.env, { PARLEY_TEST_FACTOR: String(factor) });
// The checks load the processors, the preparations the network.
const [checks, environment] = await Promise.all([isPicked ? [] : runChecks(), prepareForTests()]);
Object.assign(process.env, environment, values.all ? { PARLEY_TEST_ALL: '1' } : {});
reportChecks(checks);
const processes = inOrder(inProcesses(testFiles()), readTimings());
const [quick, others] = [processes.filter(isQuick), processes.filter((paths) => !isQuick(paths))];
if (burnInSince !== undefined) await burnIn(changedSince(burnInSince, testFiles()), runProcess);
// A failure of the quick ones is never chance, so it is told at once.
else for (const phase of [quick, others]) await runAll(phase, runProcess);
const counted = burnInSince === undefined ? await tryAgain(runs, runAgain) : { runs, flaky: [] };
for (const run of counted.runs) count(run);
reportSlowest(Number(values.slowest));

for (const fault of faults) console.log(`\n${fault}`);
reportFlaky(counted.flaky);
reportSummary();
if (values.record && tally.failed === 0) writeTimings(durations);
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);

async function runProcess(paths: readonly string[]): Promise<void> {
  if (!mayGoOn()) return;
  const startMs = performance.now();
  const { lines, cpuMs } = await runTestFiles(paths);
  announce({ paths, lines });
  runs.push({ paths, lines });
  durations.push({ paths, ms: performance.now() - startMs, cpuMs });
}

async function runAgain(paths: readonly string[]): Promise<readonly TestLine[]> {
  console.log(`again   ${paths.join(', ')}`);
  const { lines } = await runTestFiles(paths);
  announce({ paths, lines });
  return lines;
}

/** The nightly run and one of picked files name all that fails. */
function mayGoOn(): boolean {
  if (tally.failed > 0) return false; // A check
  if (values.all || isPicked) return true;
  const failed = runs.filter(({ lines }) => lines.some(({ outcome }) => outcome === 'failed'));
  if (failed.some(({ paths }) => isQuick(paths))) return false;
  return failed.length <= FAILED_MAX;
}

/** The last lines, for a reader who sees no more. */
function reportSummary(): void {
  const left = processes.length - runs.length;
  if (!mayGoOn() && left > 0)
    console.log(`\nStopped: ${left} of ${processes.length} processes did not run`);
  if (faults.length > 0) console.log('');
  for (const fault of faults) console.log(fault.split('\n').slice(0, 2).join(': ').slice(0, 400));
  const skipped = tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`;
  console.log(`\n${tally.passed} passed, ${tally.failed} failed${skipped}`);
}

function reportSlowest(count: number): void {
  const slowest = durations.toSorted((a, b) => b.cpuMs - a.cpuMs).slice(0, count);
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
        ? !path.includes(ONLY_IF_PICKED) && (values.all || !isNightly(path))
        : picked.some((part) => path.includes(part)),
    );
}

/** Prints at once what did not pass. */
function announce({ paths, lines }: ProcessRun): void {
  for (const { file = paths[0], name, outcome, why } of lines) {
    if (outcome === 'skipped') console.log(`skipped ${name}${why === '' ? '' : `: ${why}`}`);
    if (outcome === 'failed') console.log(`FAILED  ${file}: ${name}`);
  }
}

function count({ paths, lines }: ProcessRun): void {
  for (const { file = paths[0], name, outcome, why } of lines) {
    tally[outcome] += 1;
    if (outcome === 'failed') faults.push(`FAILED  ${file}: ${name}\n${why}`);
  }
}

function reportFlaky(flaky: readonly FlakyTest[]): void {
  for (const { file, name, why } of flaky) {
    console.log(`\nFLAKY   ${file}: ${name}: failed, then passed alone\n${why}`);
  }
  if (flaky.length > FLAKY_MAX) tally.failed += 1;
  const tooMany = flaky.length > FLAKY_MAX ? `, more than ${FLAKY_MAX}: a failure` : '';
  const names = flaky.map(({ file, name }) => `${file}: ${name}`).join('; ');
  if (flaky.length > 0) console.log(`\n${flaky.length} flaky${tooMany}: ${names}`);
}
