import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { copyMessage, takeWithHeader } from '../../../src/node/receive/message-memory.ts';

const SLAB_BYTES = 65_600;

test('copies keep their content, whatever is copied or overwritten later', () => {
  const source = Buffer.alloc(SLAB_BYTES);
  const sizes = [0, 1, 64, 1_024, 16_384, 32_768, 32_769, 65_536];
  const copies = Array.from({ length: 100 }, (_, index) => {
    source.fill(index);
    return copyMessage(source.subarray(0, sizes[index % sizes.length]));
  });
  source.fill(255);
  for (const [index, copy] of copies.entries()) {
    assert.deepEqual(copy, Buffer.alloc(sizes[index % sizes.length] ?? 0, index));
  }
});

test('large copies begin as their source does, counted in units of 16 bytes', () => {
  const source = Buffer.from(Array.from({ length: 40_000 }, (_, index) => index & 255));
  for (let index = 0; index < 100; index += 1) {
    const start = (index * 7) % 32;
    const message = source.subarray(start, start + 2_048 + index * 100);
    const copy = copyMessage(message);
    assert.equal((copy.byteOffset - message.byteOffset) & 15, 0);
    assert.deepEqual(copy, message);
  }
});

test('small copies follow each other without a gap', () => {
  const source = Buffer.alloc(100);
  // One of the two pairs shares a slab, which has space for hundreds.
  const [first, second, third] = [1, 3, 8].map((start) => copyMessage(source.subarray(start)));
  assert(first !== undefined && second !== undefined && third !== undefined);
  const [left, right] = first.buffer === second.buffer ? [first, second] : [second, third];
  assert.equal(right.byteOffset - left.byteOffset, left.length);
});

test('a kept message keeps at most 64 KiB, a large one only its own bytes', () => {
  const source = Buffer.alloc(SLAB_BYTES);
  for (let index = 0; index < 100; index += 1) {
    assert.equal(copyMessage(source.subarray(0, 1_000)).buffer.byteLength, SLAB_BYTES);
  }
  assert.equal(copyMessage(source.subarray(0, 40_000)).buffer.byteLength, 40_000);
});

test('a large copy has space for a header before it, which is taken once', () => {
  const source = Buffer.alloc(32_768, 'abc');
  for (let index = 0; index < 20; index += 1) {
    const before = copyMessage(source.subarray(0, 100));
    const copy = copyMessage(source.subarray(0, 4_096 + index * 1_500));
    const frame = takeWithHeader(copy);
    assert(frame !== undefined);
    assert.equal(frame.length, copy.length + 4);
    frame.fill('x', 0, 4);
    copy.fill('y');
    assert.deepEqual(frame, Buffer.from(`xxxx${'y'.repeat(copy.length)}`));
    assert.deepEqual(before, source.subarray(0, 100));
    assert.equal(takeWithHeader(copy), undefined);
  }
});

test('others have none: small ones, earlier ones, parts, and what the application made', () => {
  const source = Buffer.alloc(SLAB_BYTES, 'abc');
  const small = copyMessage(source.subarray(0, 4_095));
  assert.equal(takeWithHeader(small), undefined);
  const large = copyMessage(source.subarray(0, 40_000));
  assert.equal(takeWithHeader(large), undefined);
  const earlier = copyMessage(source.subarray(0, 5_000));
  const latest = copyMessage(source.subarray(0, 5_000));
  assert.equal(takeWithHeader(earlier), undefined);
  assert.equal(takeWithHeader(latest.subarray(1)), undefined);
  // In another slab, whatever its size.
  while (copyMessage(source.subarray(0, 1_000)).buffer === latest.buffer);
  assert.equal(takeWithHeader(latest), undefined);
});
