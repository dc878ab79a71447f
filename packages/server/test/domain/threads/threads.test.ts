import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNREAD_REPLIES_MAX } from '../../../src/model/thread.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { command, commitMessage, NOON_MS, withLobby } from '../../support/records.ts';

test('a thread whose first message retention has deleted has unread replies after it was read', async () => {
  const { chat, store } = new ChatHarness();
  const { alice, bob, lobby } = await withLobby(store);
  const roomId = lobby.id;
  const rootId = await commitMessage(store.log, { roomId, userId: alice.id });
  const later = { roomId, userId: bob.id, admittedAtMs: NOON_MS + 1 };
  const parentId = await commitMessage(store.log, { ...later, parentId: rootId });
  await store.log.deleteMessagesOlderThan(roomId, { beforeMs: NOON_MS + 1, eventsMax: 9 });
  const replies = Array.from({ length: UNREAD_REPLIES_MAX + 5 }, () =>
    command({ ...later, parentId }),
  );
  await store.log.commit(replies);

  const sequence = 2 + replies.length;
  const read = await chat.threads.markRead(alice, { roomId, messageId: rootId, sequence });
  await commitMessage(store.log, { ...later, parentId });

  assert.equal(read.unreadCount, 0);
  const { items } = await chat.threads.list(alice, {});
  assert.deepEqual(
    items.map((each) => [each.rootId, each.root, each.unreadCount]),
    [[rootId, undefined, 1]],
  );
});

test('a list of threads takes from the budget of reads by its length', async () => {
  const { chat, store } = new ChatHarness({ settings: { userReadRateMax: 10 } });
  const { alice } = await withLobby(store);
  await chat.threads.list(alice, { limit: 50 }); // 6
  await chat.threads.list(alice, {}); // 8
  await assert.rejects(chat.threads.list(alice, { limit: 50 }), { code: 'RATE_LIMITED' });
});
