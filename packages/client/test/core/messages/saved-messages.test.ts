import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageId, RoomId } from '@parley/protocol';
import { loadMessage } from '../../../src/core/messages/load-message.ts';
import {
  listSavedMessages,
  saveMessage,
  unsaveMessage,
} from '../../../src/core/messages/saved-messages.ts';

const MESSAGE = {
  ...{ id: 'm1', roomId: 'r1', userId: 'u1', sender: 'bob', content: 'later', sequence: 7 },
  timestamp: '2026-01-31T12:00:00.000Z',
};
const ID = 'm1' as MessageId;

/** Answers each request with the body, and records it. */
function http(answer: unknown) {
  const calls: unknown[][] = [];
  const call = async (...request: unknown[]): Promise<unknown> => {
    calls.push(request);
    return answer;
  };
  return { client: { http: { call } }, calls };
}

test('messages are saved with the time of their reminder, and removed', async () => {
  const { client, calls } = http({});
  await saveMessage(client, ID, Date.UTC(2026, 1, 1, 9));
  await saveMessage(client, ID);
  await unsaveMessage(client, ID);
  assert.deepEqual(calls, [
    ['PUT', '/api/saved/m1', { remindAt: '2026-02-01T09:00:00.000Z' }],
    ['PUT', '/api/saved/m1', {}],
    ['DELETE', '/api/saved/m1'],
  ]);
});

test('saved messages are listed in pages, with times as numbers', async () => {
  const saved = [
    { message: MESSAGE, room: { id: 'r1', name: 'lobby' }, savedAt: MESSAGE.timestamp },
  ];
  const { client, calls } = http({ saved, next: '7~m1' });
  const page = await listSavedMessages(client, { reminded: true, after: '9~m2' });
  assert.deepEqual(calls, [['GET', '/api/saved?reminded=true&after=9~m2']]);
  assert.equal(page.next, '7~m1');
  const [first] = page.saved;
  assert.equal(first?.message.sentAtMs, Date.UTC(2026, 0, 31, 12));
  assert.deepEqual([first.savedAtMs, first.remindAtMs], [Date.UTC(2026, 0, 31, 12), undefined]);
});

test('one message is loaded by its sequence, and another one is not taken for it', async () => {
  const { client, calls } = http({ roomId: 'r1', messages: [MESSAGE], hasMore: false });
  const found = await loadMessage(client, 'r1' as RoomId, 7);
  assert.equal(found?.content, 'later');
  assert.deepEqual(calls, [['GET', '/api/rooms/r1/messages?around=7&limit=1']]);
  assert.equal(await loadMessage(client, 'r1' as RoomId, 8), undefined);
});
