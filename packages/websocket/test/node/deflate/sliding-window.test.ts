import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SlidingWindow } from '../../../src/node/deflate/sliding-window.ts';

test('it holds the last bytes of all appended data', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3_000 }),
      fc.array(fc.uint8Array({ maxLength: 2_000 }), { maxLength: 12 }),
      (bytesMax, chunks) => {
        const history = new SlidingWindow(bytesMax);
        for (const chunk of chunks) history.append(chunk);
        assert.deepEqual(
          Buffer.from(history.bytes ?? []),
          Buffer.concat(chunks).subarray(-bytesMax),
        );
      },
    ),
  );
});

test('it keeps a copy, so that a listener may change its message', () => {
  const history = new SlidingWindow(100);
  const message = Buffer.from('hello');

  history.append(message);
  message.fill(0);

  assert.equal(Buffer.from(history.bytes ?? []).toString(), 'hello');
});

test('it has no bytes, not an empty list of them, until some are appended', () => {
  const history = new SlidingWindow(100);
  history.append(Buffer.alloc(0));

  assert.equal(history.bytes, undefined);
});
