/**
 * Runs failed test files once more, alone on the quiet machine. Tests that then pass failed by chance:
 * they are reported as flaky. A failure that shows a fault without a doubt is never tried again.
 */
import type { TestLine } from './reporter.ts';

/** More failed files than these are not chance. */
const FAILED_FILES_MAX = 5;
/** More flaky tests than these fail the run: their causes must be cured first. */
export const FLAKY_MAX = 3;

/** Folders whose tests depend on nothing outside of their process: each failure is a fault. */
const PURE = [
  'packages/client/test/core/',
  'packages/protocol/',
  'packages/server/test/contracts/',
  'packages/server/test/domain/',
  'packages/server/test/model/',
  'packages/websocket/test/conformance/',
  'packages/websocket/test/protocol/',
  'scripts/',
  'tests/checker/',
  'tests/matrix/',
  'tests/model/',
];

/**
 * Folders whose assertions are about promises: messages that were acknowledged, contracts of stores,
 * rights. There only failures without an assertion, such as a missed deadline, can be chance.
 */
const PROMISES = [
  'packages/server/test/bus/',
  'packages/server/test/sessions/',
  'packages/server/test/stores/',
  'tests/cluster/',
  'tests/crash/',
  'tests/fuzz/',
  'tests/proxies/',
  'tests/sdk/',
  'tests/security/',
  'tests/workers/',
];

/** One process with its test files and the results of their tests. */
export interface ProcessRun {
  readonly paths: readonly string[];
  readonly lines: readonly TestLine[];
}

export interface FlakyTest extends TestLine {
  readonly file: string;
}

interface FailedPart extends ProcessRun {
  readonly origin: ProcessRun;
}

/** Returns the results that count, and the tests that failed and then passed. */
export async function tryAgain(
  runs: readonly ProcessRun[],
  run: (paths: readonly string[]) => Promise<readonly TestLine[]>,
): Promise<{ readonly runs: readonly ProcessRun[]; readonly flaky: readonly FlakyTest[] }> {
  const failed = runs.flatMap(failedParts);
  const isChance = failed.length <= FAILED_FILES_MAX && !failed.some(isFault);
  const counted = [...runs];
  const flaky: FlakyTest[] = [];
  for (const part of isChance ? failed : []) {
    const lines = await run(part.paths);
    if (lines.some(hasFailed) || passedIn(lines) < passedIn(part.lines)) continue;
    const index = counted.findIndex((each) => holds(each, part));
    const rest = without(counted[index] ?? part.origin, part);
    counted.splice(index, 1, rest, { paths: part.paths, lines });
    const [file = ''] = part.paths;
    flaky.push(...part.lines.filter(hasFailed).map((line) => ({ ...line, file })));
  }
  return { runs: counted, flaky };
}

/** The failed files of a process; all of its files if the process itself failed. */
function failedParts(origin: ProcessRun): FailedPart[] {
  const failed = origin.lines.filter(hasFailed);
  if (failed.length === 0) return [];
  if (failed.some(({ file }) => file === undefined)) return [{ ...origin, origin }];
  return [...new Set(failed.map(({ file }) => file ?? ''))].map((path) => ({
    paths: [path],
    lines: origin.lines.filter(({ file }) => file === path),
    origin,
  }));
}

function holds({ paths }: ProcessRun, part: ProcessRun): boolean {
  return part.paths.every((path) => paths.includes(path));
}

function without(run: ProcessRun, part: ProcessRun): ProcessRun {
  return {
    paths: run.paths.filter((path) => !part.paths.includes(path)),
    lines: run.lines.filter((line) => !part.lines.includes(line)),
  };
}

function isFault({ paths, lines }: ProcessRun): boolean {
  const isIn = (folders: readonly string[]): boolean =>
    paths.some((path) => folders.some((folder) => path.startsWith(folder)));
  if (isIn(PURE)) return true;
  return lines.filter(hasFailed).some(({ why }) => {
    // A seed repeats the failure.
    if (/Counterexample:|\bseed \d/.test(why)) return true;
    return isIn(PROMISES) && why.includes('AssertionError');
  });
}

function hasFailed({ outcome }: TestLine): boolean {
  return outcome === 'failed';
}

function passedIn(lines: readonly TestLine[]): number {
  return lines.filter(({ outcome }) => outcome === 'passed').length;
}
