/** zlib contexts that process message after message, compared with the documented functions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import {
  deflateInPooledContext,
  inflateInPooledContext,
} from '../../../src/node/deflate/zlib-context-pool.ts';
import { WITH_INTERNALS } from '../../support/node-internals.ts';

const OPTIONS = { windowBits: 11, level: 6, memLevel: 4 };
const INFLATE_OPTIONS = { windowBits: 15, outputBytesMax: 65_536 };
const message = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ minLength: 200, maxLength: 2_000 }).map((text) => Buffer.from(text.repeat(3))),
  // Few letters: what follows a message in zlib's window would often change its output.
  fc
    .string({ unit: fc.constantFrom(...'abcde'), minLength: 20, maxLength: 400, size: 'max' })
    .map((text) => Buffer.from(text)),
);

test('each message is compressed as if it were the first', WITH_INTERNALS, () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), (messages) => {
      for (const plain of messages) {
        const expected = deflateRawSync(plain, { ...OPTIONS, finishFlush: constants.Z_SYNC_FLUSH });
        assert.deepEqual(deflateInPooledContext(plain, OPTIONS), expected);
      }
    }),
  );
});

test('the size of a message does not depend on the messages before it', WITH_INTERNALS, () => {
  // Ends as an earlier part does, except for the one byte that would come next: an 'a'.
  const guess = Buffer.from('aabacabbbaaaacaaaccbba');
  const lengthAfter = (letter: string) => {
    deflateInPooledContext(Buffer.from(letter.repeat(guess.length + 1)), OPTIONS);
    return deflateInPooledContext(guess, OPTIONS)?.length;
  };

  assert.equal(lengthAfter('a'), lengthAfter('x'));
});

test('each message is inflated as if it were the first', WITH_INTERNALS, () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), (messages) => {
      for (const plain of messages) {
        assert.deepEqual(
          inflateInPooledContext(deflateRawSync(plain), INFLATE_OPTIONS),
          Buffer.from(plain),
        );
      }
    }),
  );
});

test(
  'unusual messages are left to the documented functions, and affect no message after them',
  WITH_INTERNALS,
  () => {
    const hello = deflateRawSync(Buffer.from('Hello'));
    const garbage = Buffer.from('ffffffff', 'hex');
    // Refers back to data that it does not have: 'Hello' of another message.
    const dependent = deflateRawSync(Buffer.from('Hello'), { dictionary: Buffer.from('Hello') });
    const unusual = [garbage, dependent, hello.subarray(0, 3), Buffer.concat([hello, hello])];

    for (const stream of unusual) {
      assert.equal(inflateInPooledContext(stream, INFLATE_OPTIONS), undefined);
      assert.deepEqual(inflateInPooledContext(hello, INFLATE_OPTIONS), Buffer.from('Hello'));
    }
  },
);

test('output ends at the limit, whatever is in the stream', WITH_INTERNALS, () => {
  const bomb = deflateRawSync(Buffer.alloc(10_000_000));
  const hundred = deflateRawSync(Buffer.alloc(100));

  assert.equal(inflateInPooledContext(bomb, INFLATE_OPTIONS), 'MESSAGE_TOO_BIG');
  assert.equal(
    inflateInPooledContext(bomb, { windowBits: 15, outputBytesMax: 1_048_576 }),
    undefined,
  );
  assert.equal(
    inflateInPooledContext(hundred, { windowBits: 15, outputBytesMax: 99 }),
    'MESSAGE_TOO_BIG',
  );
  assert.equal(
    inflateInPooledContext(hundred, { windowBits: 15, outputBytesMax: 100 })?.length,
    100,
  );
});
