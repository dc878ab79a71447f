import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import {
  cancelScheduled,
  changeScheduled,
  listScheduled,
  scheduleMessage,
} from '../../../src/core/messages/scheduled-messages.ts';

const AT = '2026-02-01T09:00:00.000Z';

test('messages are scheduled, listed, changed and cancelled', async () => {
  const calls: unknown[] = [];
  const room = { id: 'r1', name: 'lobby' };
  const entry = { scheduledId: 's/1', room, content: 'hi', sendAt: AT, createdAt: AT };
  const file = { fileId: 'f1', name: 'cat.png', alt: 'A cat' };
  const call = async (...request: unknown[]): Promise<unknown> => {
    calls.push(JSON.parse(JSON.stringify(request)));
    return { scheduled: [{ ...entry, attachments: [file], failure: 'FORBIDDEN' }] };
  };
  const client = { http: { call } };
  const sendAtMs = Date.parse(AT);
  await scheduleMessage(client, { roomId: 'r1' as RoomId, content: 'hi', sendAtMs });
  const listed = await listScheduled(client);
  await changeScheduled(client, 's/1', { content: 'ho' });
  const attachments = [file, 'https://files.example/cat.png'];
  await changeScheduled(client, 's/1', { attachments });
  await changeScheduled(client, 's/1', { sendAtMs });
  await cancelScheduled(client, 's/1');
  assert.deepEqual(calls, [
    ['POST', '/api/scheduled', { roomId: 'r1', content: 'hi', sendAt: AT }],
    ['GET', '/api/scheduled'],
    ['PATCH', '/api/scheduled/s%2F1', { content: 'ho' }],
    // Without descriptions, which are the server's.
    [
      ...['PATCH', '/api/scheduled/s%2F1'],
      { attachments: [{ fileId: 'f1', alt: 'A cat' }, 'https://files.example/cat.png'] },
    ],
    ['PATCH', '/api/scheduled/s%2F1', { sendAt: AT }],
    ['DELETE', '/api/scheduled/s%2F1'],
  ]);
  const shown = { id: 's/1', room, content: 'hi', parentId: undefined, failure: 'FORBIDDEN' };
  assert.deepEqual(listed, [{ ...shown, alsoToRoom: false, attachments: [file], sendAtMs }]);
});
