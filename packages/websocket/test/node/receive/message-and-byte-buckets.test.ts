import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageAndByteBuckets } from '../../../src/node/receive/message-and-byte-buckets.ts';

const OPTIONS = { messageRate: 100, messageBurst: 200, byteRate: 1_000, byteBurst: 4_000 };

function countMessages(buckets: MessageAndByteBuckets, count: number, nowMs: number): number[] {
  return Array.from({ length: count }, () => buckets.countMessage(nowMs));
}

test('a burst passes to its last message; the next one has to wait', () => {
  const buckets = new MessageAndByteBuckets(OPTIONS);

  const waits = countMessages(buckets, 201, 5_000);

  assert.deepEqual(waits.slice(0, 200), Array(200).fill(0));
  assert.equal(Math.round(waits[200] ?? 0), 10);
});

test('after the burst the rate applies: a hundredth of a second is worth a message', () => {
  const buckets = new MessageAndByteBuckets(OPTIONS);
  countMessages(buckets, 200, 5_000);

  assert.equal(buckets.countMessage(5_010), 0);
  assert(buckets.countMessage(5_010) > 0);
});

test('a pause refills the burst, and no further', () => {
  const buckets = new MessageAndByteBuckets(OPTIONS);
  countMessages(buckets, 200, 5_000);

  const waits = countMessages(buckets, 201, 1_000_000);

  assert.equal(waits.filter((wait) => wait > 0).length, 1);
});

test('bytes are counted the same way, by their number', () => {
  const buckets = new MessageAndByteBuckets(OPTIONS);

  assert.equal(buckets.countBytes(4_000, 5_000), 0);
  assert.equal(buckets.countBytes(500, 5_000), 500);
  assert.equal(buckets.countBytes(500, 6_000), 0);
});

test('a rate of 0 means no limit', () => {
  const buckets = new MessageAndByteBuckets({ ...OPTIONS, messageRate: 0, byteRate: 0 });

  assert.equal(Math.max(...countMessages(buckets, 10_000, 0)), 0);
  assert.equal(buckets.countBytes(1e9, 0), 0);
});

test('a higher rate or burst counts for what came before, and never makes it an excess', () => {
  const options = { ...OPTIONS };
  const buckets = new MessageAndByteBuckets(options);
  countMessages(buckets, 150, 5_000);

  Object.assign(options, { messageRate: 500 });

  assert.deepEqual(countMessages(buckets, 50, 5_000), Array(50).fill(0));
  assert.equal(Math.round(buckets.countMessage(5_000)), 2);
});

test('what came while we did not read is no excess, for as long again and up to the rate', () => {
  const buckets = new MessageAndByteBuckets(OPTIONS);
  countMessages(buckets, 200, 5_000);

  // The burst is full again after two seconds of the pause; 100 more may come in the third.
  buckets.excuse(3_000, 8_000);
  const waits = countMessages(buckets, 301, 8_000);
  assert.deepEqual(waits.slice(0, 300), Array(300).fill(0));
  assert.equal(Math.round(waits[300] ?? 0), 10);

  buckets.excuse(3_000, 20_000);
  const late = countMessages(buckets, 201, 23_000);
  assert.equal(late.filter((wait) => wait > 0).length, 1);
});

test('pauses in a row excuse nothing above the rate', () => {
  const buckets = new MessageAndByteBuckets(OPTIONS);
  let passed = 0;

  for (let nowMs = 10; nowMs <= 10_000; nowMs += 10) {
    buckets.excuse(9, nowMs);
    if (buckets.countMessage(nowMs) === 0) passed += 1;
    if (buckets.countMessage(nowMs) === 0) passed += 1;
  }

  assert(passed <= 200 + 10 * 100, `${passed} of 2,000`);
});
