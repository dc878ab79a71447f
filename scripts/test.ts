/**
 * `npm test [-- PATH ...]`: the checks, then the tests.
 *
 * A path picks the test files whose names hold it; then the checks are left out.
 * The last line is `N passed, N failed`, with `, N skipped` behind it where
 * something that the machine lacks was skipped; with `CI` set that is a failure.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { type CheckResult, runChecks } from './checks.ts';
import { prepareForTests } from './setup/test-machine.ts';
import { root } from './steps.ts';

const picked = process.argv.slice(2);
/** No test file may take longer; the slowest takes a fraction of it. */
const TEST_FILE_MS_MAX = 300_000;

const tally = { passed: 0, failed: 0, skipped: 0 };
const faults: string[] = [];

if (picked.length === 0) reportChecks(await runChecks());
Object.assign(process.env, await prepareForTests());
await runTests(testFiles());

for (const fault of faults) console.log(`\n${fault}`);
const skipped = tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`;
console.log(`\n${tally.passed} passed, ${tally.failed} failed${skipped}`);
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);

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
        .map((entry) => join(entry.parentPath, entry.name)),
    )
    .filter((path) => !path.includes('node_modules'))
    .filter((path) => picked.length === 0 || picked.some((part) => path.includes(part)))
    .sort();
}

async function runTests(files: string[]): Promise<void> {
  const events = run({
    files,
    concurrency: availableParallelism(),
    timeout: TEST_FILE_MS_MAX,
    forceExit: true,
  });
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') process.stdout.write(data.message);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const isFile = data.nesting === 0 && data.name.endsWith('.ts');
    if (type === 'test:fail') {
      // A suite fails with its tests; only what failed by itself is counted and shown.
      if (data.details.type === 'suite' && isEcho(data.details.error)) continue;
      tally.failed += 1;
      const place = relative(root, data.file ?? '');
      faults.push(`FAILED  ${place}: ${data.name}\n${describe(data.details.error)}`);
      console.log(`FAILED  ${place}: ${data.name}`);
    } else if (data.skip !== undefined) {
      tally.skipped += 1;
      console.log(`skipped ${data.name}${typeof data.skip === 'string' ? `: ${data.skip}` : ''}`);
    } else if (data.details.type !== 'suite' && !isFile) {
      tally.passed += 1;
    }
  }
}

function isEcho(error: Error & { failureType?: string }): boolean {
  return error.failureType === 'subtestsFailed';
}

function describe(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? cause.message;
}
