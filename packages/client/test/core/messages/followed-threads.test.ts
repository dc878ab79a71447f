import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageId, RoomId } from '@parley/protocol';
import {
  followThread,
  listThreads,
  markThreadRead,
  readThreadState,
  unfollowThread,
} from '../../../src/core/messages/followed-threads.ts';

const ROOM = 'r1' as RoomId;
const ID = 'm1' as MessageId;
const PATH = '/api/rooms/r1/messages/m1';
const MESSAGE = {
  ...{ id: 'm2', roomId: 'r1', userId: 'u1', sender: 'bob', content: 'reply', sequence: 7 },
  ...{ timestamp: '2026-01-31T12:00:00.000Z', parentMessageId: 'm1' },
};

/** Answers each request with the body, and records it. */
function http(answer: unknown) {
  const calls: unknown[][] = [];
  const call = async (...request: unknown[]): Promise<unknown> => {
    calls.push(request);
    return answer;
  };
  return { client: { http: { call } }, calls };
}

test('threads are followed, not followed and read', async () => {
  const { client, calls } = http({});
  await followThread(client, ROOM, ID);
  await unfollowThread(client, ROOM, ID);
  await markThreadRead(client, ROOM, { messageId: ID, sequence: 7 });
  assert.deepEqual(calls, [
    ['PUT', `${PATH}/follow`],
    ['DELETE', `${PATH}/follow`],
    ['PUT', `${PATH}/read`, { sequence: 7 }],
  ]);
});

test('tells whether the user follows a thread', async () => {
  const { client, calls } = http({ messages: [], following: true, unreadCount: 2 });
  assert.deepEqual(await readThreadState(client, ROOM, ID), { isFollowing: true, unreadCount: 2 });
  assert.deepEqual(calls, [['GET', `${PATH}/replies?limit=1`]]);
});

test('followed threads are listed in pages, with times as numbers', async () => {
  const room = { id: ROOM, name: 'lobby' };
  const lastReplyAt = MESSAGE.timestamp;
  const thread = { messageId: ID, room, messages: [MESSAGE], unreadCount: 1, lastReplyAt };
  const { client, calls } = http({ threads: [thread], unreadThreads: 3, next: 'n' });

  const page = await listThreads(client, { limit: 5, after: 'a b' });

  assert.deepEqual(calls, [['GET', '/api/threads?limit=5&after=a%20b']]);
  assert.deepEqual([page.unreadThreads, page.next], [3, 'n']);
  const [first] = page.threads;
  assert.deepEqual(first?.replies[0]?.content, 'reply');
  const at = Date.parse(lastReplyAt);
  assert.deepEqual(
    { ...first, replies: [] },
    { id: ID, room, unreadCount: 1, lastReplyAtMs: at, parent: undefined, replies: [] },
  );
});
