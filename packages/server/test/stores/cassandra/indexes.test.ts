/** Partitions of the indexes, and requests that write to them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import {
  indexStatements,
  keySlice,
  positionSlice,
  toRequests,
} from '../../../src/stores/cassandra/indexes.ts';

const room = 'room' as RoomId;
/** An id of a message that was sent at a time. */
const idAt = (ms: number, rest = '7000-8000-000000000000'): string => {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-${rest}`;
};

test('positions of messages of the same 16 ms share a partition, other ids have their own', () => {
  const start = 16 * 106_000_000_000;
  const ids = [idAt(start), idAt(start + 15), idAt(start + 16)];
  const others = ['7', 'message-7', idAt(start, '4000-8000-000000000000')];

  const [first, same, next] = ids.map(positionSlice);

  assert.equal(same, first);
  assert.notEqual(next, first);
  assert.deepEqual(others.map(positionSlice), others);
});

test('keys of the same 4 s share a partition of their room, other keys have their own', () => {
  const start = 4096 * 400_000_000;
  const keys = [idAt(start), idAt(start + 4095), idAt(start + 4096)].map((id) => `user ${id}`);
  const others = [
    'user c1',
    `user ${idAt(start)} 2`,
    `loss ${idAt(start, '4000-8000-000000000000')}`,
  ];

  const [first, same, next] = keys.map(keySlice);

  assert.equal(same, first);
  assert.notEqual(next, first);
  assert.equal(keySlice(`another ${idAt(start)}`), first);
  assert.deepEqual(others.map(keySlice), others);
});

test('a request writes to ten partitions, or to one with many rows', () => {
  const events = Array.from({ length: 25 }, (_, index) => ({
    ...{
      kind: 'message' as const,
      sequence: index + 1,
      targetId: idAt(0, `7000-8000-${String(index).padStart(12, '0')}`),
    },
    sendKey: {
      ...{ name: `user c${index}`, fingerprint: '', messageId: '' as never },
      ...{ sequence: index + 1, createdAtMs: 0 },
    },
  }));

  const requests = toRequests(events.flatMap((event) => indexStatements(room, event)));

  const counts = requests.map((request) => [
    request.length,
    new Set(request.map(({ query }) => query.split(' ')[2])).size,
  ]);
  assert.deepEqual(counts, [
    [25, 1],
    [10, 1],
    [10, 1],
    [5, 1],
  ]);
});

test('a request to several partitions is below the 50 KiB that Cassandra accepts, whatever the ids are', () => {
  const events = Array.from({ length: 100 }, (_, index) => {
    const rest = `7000-8000-${String(index).padStart(12, '0')}`;
    const clientMessageId = `${'👋'.repeat(91)} ${idAt(4096 * (index % 10), rest)}`;
    const about = { messageId: idAt(0, rest) as never, sequence: index, createdAtMs: 0 };
    const name = `${idAt(0, rest)} ${clientMessageId}`;
    const sendKey = { name, fingerprint: 'f'.repeat(64), ...about };
    return { kind: 'message' as const, sequence: index, targetId: idAt(0, rest), sendKey };
  });

  const requests = toRequests(events.flatMap((event) => indexStatements(room, event)));

  const sizes = requests
    .filter(([first]) => first?.query.includes('send_keys'))
    .filter((request) => new Set(request.map(({ params }) => params[1])).size > 1)
    .map((request) => Buffer.byteLength(request.flatMap(({ params }) => params).join('')));
  assert(Math.max(0, ...sizes) < 50 * 1024, String(sizes));
});
