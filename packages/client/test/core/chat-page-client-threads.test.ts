/** Threads and pins: pages of messages, requested from the server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOBBY } from '../fakes/builders.ts';
import { Scene } from '../fakes/client.ts';

test('loads the parent of a thread and its replies', async () => {
  const scene = Scene.inRooms('lobby');
  const first = scene.server.post('lobby', 'a question');
  const reply = scene.server.post('lobby', 'an answer');
  scene.server.flush();
  const socket = scene.environment.socket;

  const loading = scene.client.loadThread(LOBBY, first.id);
  const asked = socket.sentOf('get_thread').at(-1);
  const state = { following: true, unreadCount: 0 };
  const page = { roomId: LOBBY, parent: first, messages: [reply], hasMore: false, ...state };
  socket.deliver('thread', page, asked?.id);

  const { parent, replies, hasMore } = await loading;
  assert.equal(parent?.content, 'a question');
  assert.deepEqual(
    replies.map(({ content }) => content),
    ['an answer'],
  );
  assert.equal(hasMore, false);
});

test('loads a page of pinned messages', async () => {
  const scene = Scene.inRooms('lobby');
  const pinned = { ...scene.server.post('lobby', 'the rules'), pinned: true } as const;
  scene.server.flush();
  const socket = scene.environment.socket;

  const loading = scene.client.loadPins(LOBBY, { before: 9 });
  const asked = socket.sentOf('get_pins').at(-1);
  assert.deepEqual(asked?.payload, { roomId: LOBBY, before: 9 });
  socket.deliver('pins', { roomId: LOBBY, messages: [pinned], hasMore: true }, asked?.id);

  const { messages, hasMore } = await loading;
  assert.deepEqual(
    messages.map(({ content, isPinned }) => [content, isPinned]),
    [['the rules', true]],
  );
  assert.equal(hasMore, true);
});
