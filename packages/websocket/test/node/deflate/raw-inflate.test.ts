import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import {
  completeMessage,
  type Inflated,
  type InflateTask,
  rawInflateAsync,
  rawInflateSync,
  SYNC_INFLATE_BYTES_MAX,
} from '../../../src/node/deflate/raw-inflate.ts';
import { bytes } from '../../support/bytes.ts';

const TASK: InflateTask = { windowBits: 15, outputBytesMax: 1_000_000, history: undefined };

/** Both ways, which must agree, unless the message is too long or has too many streams for one. */
async function inflate(data: Uint8Array, task: Partial<InflateTask> = {}): Promise<Inflated> {
  const isShort = data.length <= SYNC_INFLATE_BYTES_MAX;
  const now = isShort ? rawInflateSync(data, { ...TASK, ...task }) : undefined;
  const later = await rawInflateAsync(completeMessage(data), { ...TASK, ...task });
  if (now !== undefined) assert.deepEqual(later, now);
  return later;
}

/** As a peer would send it. */
function deflate(plain: Uint8Array, history?: Uint8Array): Buffer {
  const dictionary = history === undefined ? {} : { dictionary: history };
  const output = deflateRawSync(plain, { finishFlush: constants.Z_SYNC_FLUSH, ...dictionary });
  return output.subarray(0, -4);
}

/** A stream that ends, and the empty block that follows such an end (RFC 7692 section 7.2.3.4). */
const ended = (plain: Uint8Array) => Buffer.concat([deflateRawSync(plain), bytes('00')]);

const HELLO = Buffer.from('Hello');

test('the examples of RFC 7692 section 7.2.3 are inflated', async () => {
  // One block; the same with a kept window; stored; final; two blocks; empty.
  assert.deepEqual(await inflate(bytes('f2 48 cd c9 c9 07 00')), HELLO);
  assert.deepEqual(await inflate(bytes('f2 00 11 00 00'), { history: HELLO }), HELLO);
  assert.deepEqual(await inflate(bytes('00 05 00 fa ff 48 65 6c 6c 6f 00')), HELLO);
  assert.deepEqual(await inflate(bytes('f3 48 cd c9 c9 07 00 00')), HELLO);
  assert.deepEqual(await inflate(bytes('f2 48 05 00 00 00 ff ff ca c9 c9 07 00')), HELLO);
  assert.deepEqual(await inflate(bytes('00')), Buffer.alloc(0));
});

test('a message may continue after the end of a stream, and refer back over it', async () => {
  const first = randomBytes(500);
  const message = Buffer.concat([deflateRawSync(first), deflate(first, first)]);

  assert.deepEqual(await inflate(message), Buffer.concat([first, first]));
});

test('streams that end again and again are eventually rejected', async () => {
  const empty = deflateRawSync(Buffer.alloc(0));
  const messageOf = (count: number) =>
    Buffer.concat([...Array.from({ length: count }, () => empty), bytes('00')]);

  assert.deepEqual(rawInflateSync(messageOf(3), TASK), Buffer.alloc(0));
  assert.equal(rawInflateSync(messageOf(4), TASK), undefined);
  assert.deepEqual(await inflate(messageOf(63)), Buffer.alloc(0));
  assert.equal(await inflate(messageOf(64)), 'INVALID_COMPRESSED_DATA');
  assert.equal(await inflate(messageOf(100_000)), 'INVALID_COMPRESSED_DATA');
});

test('output below and at the limit is returned, above it is not', async () => {
  for (const limit of [1, 63, 64, 1_000, 16_384, 65_536, 100_000]) {
    const outputBytesMax = limit;
    for (const plain of [Buffer.alloc(limit, 7), randomBytes(limit)]) {
      assert.deepEqual(await inflate(deflate(plain), { outputBytesMax }), plain);
      assert.deepEqual(await inflate(ended(plain), { outputBytesMax }), plain);
    }
    for (const plain of [Buffer.alloc(limit + 1, 7), randomBytes(limit + 1)]) {
      assert.equal(await inflate(deflate(plain), { outputBytesMax }), 'MESSAGE_TOO_BIG');
    }
  }
});

test('a limit applies to all streams of a message together', async () => {
  const message = Buffer.concat([deflateRawSync(Buffer.alloc(600)), deflate(Buffer.alloc(600))]);

  assert.equal(await inflate(message, { outputBytesMax: 1_199 }), 'MESSAGE_TOO_BIG');
  assert.deepEqual(await inflate(message, { outputBytesMax: 1_200 }), Buffer.alloc(1_200));
});

test('data that is not deflate, truncated or damaged is corrupt', async () => {
  const whole = deflate(Buffer.from('a message that is long enough to be cut'.repeat(3)));

  assert.equal(await inflate(bytes('ff ff ff')), 'INVALID_COMPRESSED_DATA');
  assert.equal(await inflate(Buffer.alloc(0)), 'INVALID_COMPRESSED_DATA');
  for (let end = 1; end < whole.length; end += 1) {
    assert.equal(await inflate(whole.subarray(0, end)), 'INVALID_COMPRESSED_DATA', `cut at ${end}`);
  }
});

test('a stream that ends without the required block after it is corrupt', async () => {
  assert.equal(await inflate(deflateRawSync(HELLO)), 'INVALID_COMPRESSED_DATA');
});

test('a reference beyond the available data, or beyond the agreed window, is corrupt', async () => {
  const before = randomBytes(2_000);
  const message = deflate(before.subarray(0, 100), before);

  assert.deepEqual(await inflate(message, { history: before }), before.subarray(0, 100));
  assert.equal(await inflate(message), 'INVALID_COMPRESSED_DATA');
  assert.equal(
    await inflate(message, { history: before, windowBits: 9 }),
    'INVALID_COMPRESSED_DATA',
  );
});
