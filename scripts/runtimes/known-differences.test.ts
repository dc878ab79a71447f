import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findDifferences } from './known-differences.ts';

const BODY = ['ws: a body (4.1)', 'ws: a chunked body (4.1)'];

/** The output of a test runner, in which these tests have failed. */
function tapOf(...failed: readonly string[]): string {
  const lines = failed.map((title, at) => `not ok ${at + 2} - ${title}`);
  return ['ok 1 - a test', ...lines, '# pass 1', `# fail ${failed.length}`].join('\n');
}

test('only listed tests may fail, on the versions that they are listed for', () => {
  assert.deepEqual(findDifferences('26.10.0', tapOf(...BODY, 'ws: another test')), {
    hasEnded: true,
    known: BODY,
    unknown: ['ws: another test'],
    gone: [],
  });
  assert.deepEqual(findDifferences('24.21.0', tapOf(...BODY)).unknown, BODY);
});

test('a listed test that passes is reported', () => {
  assert.deepEqual(findDifferences('26.10.0', tapOf('ws: a body (4.1)')).gone, [
    'ws: a chunked body (4.1)',
  ]);
  assert.deepEqual(findDifferences('26.10.0', tapOf(...BODY)).gone, []);
});

test('a run that was cut off has not ended, whatever had passed', () => {
  assert.equal(findDifferences('24.21.0', 'ok 1 - a test\nok 2 - another').hasEnded, false);
});
