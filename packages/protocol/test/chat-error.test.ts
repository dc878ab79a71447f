import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatError } from '../src/index.ts';

const FRAME = 'chat-error.test';

test('an expected error takes no stack, an internal error and its cause do', () => {
  const limit = Error.stackTraceLimit;

  const expected = new ChatError('RATE_LIMITED');
  const cause = new TypeError('a defect');
  const internal = ChatError.from(cause);

  assert.equal(expected.stack?.includes(FRAME), false);
  assert.equal(internal.stack?.includes(FRAME), true);
  assert.equal((internal.cause as Error).stack?.includes(FRAME), true);
  assert.equal(Error.stackTraceLimit, limit);
});
