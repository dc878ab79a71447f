import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestLine } from './reporter.ts';
import { type ProcessRun, tryAgain } from './second-try.ts';

const PAGE = 'tests/browser/page.test.ts';

const passed = (name: string, file?: string): TestLine => line(name, 'passed', '', file);
const failed = (name: string, why = 'waited in vain', file?: string): TestLine =>
  line(name, 'failed', why, file);

function line(name: string, outcome: TestLine['outcome'], why: string, file?: string): TestLine {
  return { name, outcome, why, ...(file === undefined ? {} : { file }) };
}

/** Runs a second try in which every test passes, or those that `lines` returns. */
async function trying(
  runs: readonly ProcessRun[],
  lines: (paths: readonly string[]) => TestLine[] = () => [passed('a'), passed('b')],
) {
  const repeated: string[] = [];
  const result = await tryAgain(runs, async (paths) => {
    repeated.push(...paths);
    return lines(paths);
  });
  const failures = result.runs
    .flatMap((run) => run.lines)
    .filter((each) => each.outcome === 'failed');
  return {
    repeated,
    flaky: result.flaky.map(({ name }) => name),
    failures: failures.length,
    result,
  };
}

test('a test that passes alone is flaky, and its file counts once', async () => {
  const { repeated, flaky, failures, result } = await trying([
    { paths: [PAGE], lines: [passed('a'), failed('b')] },
  ]);

  assert.deepEqual(repeated, [PAGE]);
  assert.deepEqual(flaky, ['b']);
  assert.equal(failures, 0);
  assert.equal(result.runs.flatMap((run) => run.lines).length, 2);
});

test('a test that fails again stays failed', async () => {
  const { flaky, failures } = await trying(
    [{ paths: [PAGE], lines: [passed('a'), failed('b')] }],
    () => [passed('a'), failed('b')],
  );

  assert.deepEqual(flaky, []);
  assert.equal(failures, 1);
});

test('a second run with fewer tests does not count', async () => {
  const { flaky, failures } = await trying(
    [{ paths: [PAGE], lines: [passed('a'), passed('c'), failed('b')] }],
    () => [passed('a')],
  );

  assert.deepEqual(flaky, []);
  assert.equal(failures, 1);
});

test('only the failed files of a process are repeated; all of them if the process failed', async () => {
  const other = 'tests/browser/talk.test.ts';
  const lines = [passed('a', PAGE), passed('x', other), failed('b', 'waited in vain', PAGE)];
  const some = await trying([{ paths: [other, PAGE], lines }]);
  assert.deepEqual(some.repeated, [PAGE]);
  assert.equal(some.result.runs.flatMap((run) => run.lines).length, 3);

  const whole = await trying([{ paths: [other, PAGE], lines: [failed('still running')] }]);
  assert.deepEqual(whole.repeated, [other, PAGE]);
  assert.equal(whole.failures, 0);
});

test('two failed files of one process are repeated each', async () => {
  const other = 'tests/browser/talk.test.ts';
  const { flaky, failures } = await trying([
    { paths: [other, PAGE], lines: [failed('b', 'late', PAGE), failed('c', 'late', other)] },
  ]);

  assert.deepEqual(flaky, ['b', 'c']);
  assert.equal(failures, 0);
});

const FAULTS: readonly [string, string, string][] = [
  ['of the model', 'tests/model/model.test.ts', 'waited in vain'],
  ['of the domain', 'packages/server/test/domain/rooms/rooms.test.ts', 'waited in vain'],
  ['of the protocol', 'packages/protocol/test/poll.test.ts', 'late'],
  ['that a seed repeats', PAGE, 'Error: Counterexample: [1]'],
  ['of a promise', 'tests/crash/crash.test.ts', 'AssertionError [ERR_ASSERTION]: lost'],
  ['of a contract', 'packages/server/test/stores/sqlite/store.test.ts', 'AssertionError: 1'],
];
for (const [what, path, why] of FAULTS) {
  test(`a failure ${what} is never tried again, nor are others beside it`, async () => {
    const { repeated, failures } = await trying([
      { paths: [path], lines: [failed('b', why)] },
      { paths: ['tests/browser/talk.test.ts'], lines: [failed('c')] },
    ]);

    assert.deepEqual(repeated, []);
    assert.equal(failures, 2);
  });
}

test('a missed deadline beside a promise is tried again', async () => {
  const { flaky } = await trying([
    { paths: ['tests/crash/crash.test.ts'], lines: [failed('b', 'Error: waited in vain')] },
  ]);

  assert.deepEqual(flaky, ['b']);
});

test('five failed files are tried again, six are not', async () => {
  const runs = Array.from({ length: 6 }, (_, n) => ({
    paths: [`tests/browser/${n}.test.ts`],
    lines: [failed(`${n}`)],
  }));

  assert.equal((await trying(runs.slice(1))).flaky.length, 5);
  assert.deepEqual((await trying(runs)).repeated, []);
});
