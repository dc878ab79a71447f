/** Pooled buffers: when they are reused, which, and how many are kept. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { BufferPool } from '../../../src/node/receive/buffer-pool.ts';

test('returns as many bytes as requested', () => {
  const rooms = new BufferPool();

  for (const byteCount of [1, 1_023, 1_024, 1_025, 16_384, 65_536, 65_537, 1_048_576, 1_048_577]) {
    assert.equal(rooms.allocate(byteCount).length, byteCount);
  }
});

test('reuses a buffer after the message was handled, and not before', () => {
  const rooms = new BufferPool();
  rooms.beginReading();
  const first = rooms.allocate(10_000);
  rooms.release(first);

  rooms.beginReading();
  rooms.endReading();
  assert.notEqual(rooms.allocate(10_000).buffer, first.buffer, 'within another one');
  rooms.endReading();

  assert.equal(rooms.allocate(9_000).buffer, first.buffer, 'also for less');
  assert.notEqual(rooms.allocate(10_000).buffer, first.buffer, 'to one at a time');
});

test('distinguishes pooled bytes from others', () => {
  const rooms = new BufferPool();

  assert.equal(rooms.holds(rooms.allocate(1_048_576)), true);
  assert.equal(rooms.holds(rooms.allocate(1_048_577)), false, 'too large to be kept');
  assert.equal(rooms.holds(Buffer.alloc(100)), false);
  assert.equal(rooms.claim(Buffer.alloc(100)), undefined);
});

test('keeps a buffer for all who claim it', () => {
  const rooms = new BufferPool();
  const room = rooms.allocate(100_000);
  const leave = [rooms.claim(room), rooms.claim(room)];
  read(rooms, () => rooms.release(room));

  leave[0]?.();
  assert.notEqual(rooms.allocate(100_000).buffer, room.buffer);
  leave[1]?.();

  assert.equal(rooms.allocate(100_000).buffer, room.buffer);
});

test('accepts only its own buffers back', () => {
  const rooms = new BufferPool();
  const foreign = Buffer.allocUnsafeSlow(16_384);

  read(rooms, () => rooms.release(foreign));

  assert.notEqual(rooms.allocate(16_384).buffer, foreign.buffer);
});

test('keeps at most 16 MiB unused', () => {
  const rooms = new BufferPool();
  const given = Array.from({ length: 65 }, () => rooms.allocate(262_144));

  read(rooms, () => {
    for (const room of given) rooms.release(room);
  });

  const before = new Set(given.map(({ buffer }) => buffer));
  const again = given.map(() => rooms.allocate(262_144));
  assert.equal(again.filter(({ buffer }) => before.has(buffer)).length, 64);
});

function read(rooms: BufferPool, handle: () => void): void {
  rooms.beginReading();
  handle();
  rooms.endReading();
}
