import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkQueue } from '../../../src/node/send/chunk-queue.ts';
import { bytes } from '../../support/bytes.ts';

const ONE = bytes('810161');
const TWO = bytes('810162');
const LARGE = Buffer.concat([bytes('827e1388'), Buffer.alloc(5_000, 'x')]);
const PING = bytes('8900');

const takeAll = (queue: ChunkQueue) => Buffer.concat([...queue.removeSlice(1_000_000, undefined)]);

test('an inserted frame is sent ahead of frames that have not begun', () => {
  const queue = new ChunkQueue();
  queue.push(ONE);
  queue.push(TWO);

  assert.equal(queue.insert(PING, 0), 0);

  assert.deepEqual(takeAll(queue), Buffer.concat([PING, ONE, TWO]));
  assert(queue.isEmpty);
});

test('an inserted frame is sent after the rest of a frame that has begun', () => {
  const queue = new ChunkQueue();
  queue.push(LARGE);
  queue.push(TWO);
  queue.removeSlice(10, undefined);

  assert.equal(queue.insert(PING, 0), LARGE.length - 10);

  assert.deepEqual(takeAll(queue), Buffer.concat([LARGE.subarray(10), PING, TWO]));
});

test('an inserted frame is never sent between the chunks of one frame, wherever it was split', () => {
  const chunks = [LARGE.subarray(0, 4), LARGE.subarray(4, 500), LARGE.subarray(500)];
  for (const cut of [0, 2, 4, 5, 499, 500, 501]) {
    const queue = new ChunkQueue();
    queue.push(ONE);
    for (const [index, chunk] of chunks.entries()) queue.push(chunk, index > 0);
    queue.push(TWO);
    const before = Buffer.concat([...queue.removeSlice(ONE.length + cut, undefined)]);

    queue.insert(PING, 0);

    const order = cut === 0 ? [ONE, PING, LARGE, TWO] : [ONE, LARGE, PING, TWO];
    assert.deepEqual(Buffer.concat([before, takeAll(queue)]), Buffer.concat(order), `cut ${cut}`);
  }
});

test('a chunk that continues a frame whose beginning was sent is not separated from it', () => {
  const queue = new ChunkQueue();
  queue.push(LARGE.subarray(4), true);

  queue.insert(PING, 0);

  assert.deepEqual(takeAll(queue), Buffer.concat([LARGE.subarray(4), PING]));
});

test('an inserted frame has at least the requested number of bytes before it', () => {
  for (const [bytesMin, order] of [
    [3, [ONE, PING, TWO]],
    [4, [ONE, TWO, PING]],
    [100, [ONE, TWO, PING]],
  ] as const) {
    const queue = new ChunkQueue();
    queue.push(ONE);
    queue.push(TWO);

    queue.insert(PING, bytesMin);

    assert.deepEqual(takeAll(queue), Buffer.concat(order));
  }
});
