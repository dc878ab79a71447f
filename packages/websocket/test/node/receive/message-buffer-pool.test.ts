/** Pooled buffers: when they are reused, which, and how many are kept. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { MessageBufferPool } from '../../../src/node/receive/message-buffer-pool.ts';

test('returns as many bytes as requested', () => {
  const pool = new MessageBufferPool();

  for (const byteCount of [1, 1_023, 1_024, 1_025, 16_384, 65_536, 65_537, 1_048_576, 1_048_577]) {
    assert.equal(pool.allocate(byteCount).length, byteCount);
  }
});

test('reuses a buffer after the message was handled, and not before', () => {
  const pool = new MessageBufferPool();
  pool.beginReading();
  const first = pool.allocate(10_000);
  pool.release(first);

  pool.beginReading();
  pool.endReading();
  assert.notEqual(pool.allocate(10_000).buffer, first.buffer, 'within another one');
  pool.endReading();

  assert.equal(pool.allocate(9_000).buffer, first.buffer, 'also for less');
  assert.notEqual(pool.allocate(10_000).buffer, first.buffer, 'to one at a time');
});

test('distinguishes pooled bytes from others', () => {
  const pool = new MessageBufferPool();

  assert.equal(pool.contains(pool.allocate(1_048_576)), true);
  assert.equal(pool.contains(pool.allocate(1_048_577)), false, 'too large to be kept');
  assert.equal(pool.contains(Buffer.alloc(100)), false);
  assert.equal(pool.claim(Buffer.alloc(100)), false);
});

test('keeps a buffer for each claim', () => {
  const pool = new MessageBufferPool();
  const entry = pool.allocate(100_000);
  assert(pool.claim(entry) && pool.claim(entry));
  read(pool, () => pool.release(entry));

  pool.release(entry);
  assert.notEqual(pool.allocate(100_000).buffer, entry.buffer);
  pool.release(entry);

  assert.equal(pool.allocate(100_000).buffer, entry.buffer);
});

test('between two reads a buffer is free at once', () => {
  const pool = new MessageBufferPool();
  const entry = pool.allocate(100_000);

  pool.release(entry);

  assert.equal(pool.allocate(100_000).buffer, entry.buffer);
});

test('accepts only its own buffers back', () => {
  const pool = new MessageBufferPool();
  const foreign = Buffer.allocUnsafeSlow(16_384);

  read(pool, () => pool.release(foreign));

  assert.notEqual(pool.allocate(16_384).buffer, foreign.buffer);
});

test('keeps at most 16 MiB unused', () => {
  const pool = new MessageBufferPool();
  const given = Array.from({ length: 65 }, () => pool.allocate(262_144));

  read(pool, () => {
    for (const entry of given) pool.release(entry);
  });

  const before = new Set(given.map(({ buffer }) => buffer));
  const again = given.map(() => pool.allocate(262_144));
  assert.equal(again.filter(({ buffer }) => before.has(buffer)).length, 64);
});

function read(pool: MessageBufferPool, handle: () => void): void {
  pool.beginReading();
  handle();
  pool.endReading();
}
