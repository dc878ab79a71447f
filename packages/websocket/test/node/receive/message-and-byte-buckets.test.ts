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

  // During the pause the burst is refilled; 300 more have come at the rate.
  buckets.excuse(3_000, 8_000);
  const waits = countMessages(buckets, 501, 8_000);
  assert.deepEqual(waits.slice(0, 500), Array(500).fill(0));
  assert.equal(Math.round(waits[500] ?? 0), 10);

  buckets.excuse(3_000, 20_000);
  const late = countMessages(buckets, 201, 23_000);
  assert.equal(late.filter((wait) => wait > 0).length, 1);
});
