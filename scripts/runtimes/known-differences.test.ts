import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findDifferences, hasEnd } from './known-differences.ts';

const IN_NODE_26 = [
  'ws: a body (4.1)',
  'ws: a chunked body (4.1)',
  'ws: signal aborted by a listener of upgrade ends the connection',
];

/** The output of a test runner, in which these tests have failed. */
function tapOf(...failed: readonly string[]): string {
  const lines = failed.map((title, at) => `not ok ${at + 2} - ${title}`);
  return ['ok 1 - a test', ...lines, '# pass 1', `# fail ${failed.length}`].join('\n');
}

test('only listed tests may fail, on the versions that they are listed for', () => {
  assert.deepEqual(findDifferences('26.10.0', tapOf(...IN_NODE_26, 'ws: another test')), {
    known: IN_NODE_26,
    unknown: ['ws: another test'],
    gone: [],
  });
  assert.deepEqual(findDifferences('24.21.0', tapOf(...IN_NODE_26)).unknown, IN_NODE_26);
});

test('a listed test that passes is reported', () => {
  const [gone, ...failed] = IN_NODE_26;
  assert.deepEqual(findDifferences('26.10.0', tapOf(...failed)).gone, [gone]);
  assert.deepEqual(findDifferences('26.10.0', tapOf(...IN_NODE_26)).gone, []);
});

test('a run that was cut off has not ended, whatever had passed', () => {
  assert.equal(hasEnd('ok 1 - a test\nok 2 - another'), false);
  assert.equal(hasEnd(tapOf()), true);
});
