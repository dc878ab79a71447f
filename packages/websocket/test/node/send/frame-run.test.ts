import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameRun } from '../../../src/node/send/frame-run.ts';
import { bytes } from '../../support/bytes.ts';

const one = bytes('01');
const two = bytes('02');

test('frames are joined in order', () => {
  const run = new FrameRun(one).add(two).add(one);

  assert.equal(run.byteCount, 3);
  assert.deepEqual(run.chunks[0], bytes('010201'));
});

test('a single frame is not copied', () => {
  assert.equal(new FrameRun(one).chunks[0], one);
});

test('the same frames are joined once and shared', () => {
  const first = new FrameRun(one);

  assert.equal(first.add(two), first.add(two));
  assert.equal(first.add(two).chunks[0], first.add(two).chunks[0]);
});

test('other frames, or equal ones in other memory, are not the same', () => {
  const first = new FrameRun(one);

  assert.deepEqual(first.add(two).chunks[0], bytes('0102'));
  assert.deepEqual(first.add(one).chunks[0], bytes('0101'));
  assert.notEqual(first.add(bytes('02')), first.add(two));
});

test('it is only its frame if no other is before it', () => {
  const first = new FrameRun(one);

  assert.equal(first.isOnly(one), true);
  assert.equal(first.isOnly(bytes('01')), false);
  assert.equal(first.add(two).isOnly(two), false);
});
