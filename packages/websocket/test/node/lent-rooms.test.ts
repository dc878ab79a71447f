/** Rooms that are used again: when, which, and how much is kept of them. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { isInLentRoom, LentRooms } from '../../src/node/lent-rooms.ts';

test('gives as many bytes as are asked for', () => {
  const rooms = new LentRooms();

  for (const byteCount of [1, 1_023, 1_024, 1_025, 16_384, 65_535, 65_536, 65_537, 1_048_576]) {
    assert.equal(rooms.allocate(byteCount).length, byteCount);
  }
});

test('gives a room again once the reading is over, and not before', () => {
  const rooms = new LentRooms();
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

test('tells what is lent from what is not', () => {
  const rooms = new LentRooms();

  assert.equal(isInLentRoom(rooms.allocate(65_536)), true);
  assert.equal(isInLentRoom(rooms.allocate(65_537)), false, 'too large to be copied again');
  assert.equal(isInLentRoom(Buffer.alloc(100)), false);
});

test('takes only its own back', () => {
  const rooms = new LentRooms();
  const foreign = Buffer.allocUnsafeSlow(16_384);

  read(rooms, () => rooms.release(foreign));

  assert.notEqual(rooms.allocate(16_384).buffer, foreign.buffer);
});

test('keeps at most 4 MiB that nobody uses', () => {
  const rooms = new LentRooms();
  const given = Array.from({ length: 65 }, () => rooms.allocate(65_536));

  read(rooms, () => {
    for (const room of given) rooms.release(room);
  });

  const before = new Set(given.map(({ buffer }) => buffer));
  const again = given.map(() => rooms.allocate(65_536));
  assert.equal(again.filter(({ buffer }) => before.has(buffer)).length, 64);
});

function read(rooms: LentRooms, handle: () => void): void {
  rooms.beginReading();
  handle();
  rooms.endReading();
}
