import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameRun } from '../../../src/node/send/frame-run.ts';
import { bytes } from '../../support/bytes.ts';

const one = bytes('01');
const two = bytes('02');

function add(run: FrameRun, frame: Uint8Array): FrameRun {
  const longer = run.add(frame);
  assert(longer !== undefined);
  return longer;
}

test('frames are joined in order', () => {
  const run = add(add(new FrameRun(one), two), one);

  assert.equal(run.byteCount, 3);
  assert.deepEqual(run.chunks[0], bytes('010201'));
});

test('a single frame is not copied', () => {
  assert.equal(new FrameRun(one).chunks[0], one);
});

test('the same frames are joined once and shared', () => {
  const first = new FrameRun(one);

  assert.equal(add(first, two), add(first, two));
  assert.equal(add(first, two).chunks[0], add(first, two).chunks[0]);
});

test('other frames, or equal ones in other memory, are not the same', () => {
  const first = new FrameRun(one);

  assert.deepEqual(add(first, two).chunks[0], bytes('0102'));
  assert.deepEqual(add(first, one).chunks[0], bytes('0101'));
  assert.notEqual(add(first, bytes('02')), add(first, two));
});

test('it is only its frame if no other is before it', () => {
  const first = new FrameRun(one);

  assert.equal(first.isOnly(one), true);
  assert.equal(first.isOnly(bytes('01')), false);
  assert.equal(add(first, two).isOnly(two), false);
});

test('runs that begin alike do not overwrite each other, whichever grows first', () => {
  const both = add(new FrameRun(one), two);
  const [longer, other] = [add(both, one), add(both, two)];

  assert.deepEqual(add(longer, one).chunks[0], bytes('01020101'));
  assert.deepEqual(add(other, two).chunks[0], bytes('01020202'));
  assert.deepEqual(add(both, bytes('03')).chunks[0], bytes('010203'));
  assert.deepEqual(
    [both, longer, other].map(({ chunks: [joined] }) => Buffer.from(joined)),
    [bytes('0102'), bytes('010201'), bytes('010202')],
  );
});

test('a run has space for 64 KiB', () => {
  const frame = Buffer.alloc(1_000, 'x');
  let run = new FrameRun(frame);

  for (let count = 1; count < 65; count += 1) run = add(run, frame);

  assert.equal(run.add(frame), undefined);
  assert.deepEqual(run.chunks, [Buffer.alloc(65_000, 'x')]);
});

test('a frame whose memory was transferred is not joined with others: unknown bytes would be sent', () => {
  const frame = new Uint8Array(100);
  const run = new FrameRun(frame);
  structuredClone(frame, { transfer: [frame.buffer] });

  assert.equal(run.add(one), undefined);
  assert.deepEqual([run.byteCount, run.chunks[0].length], [100, 0]);
});
