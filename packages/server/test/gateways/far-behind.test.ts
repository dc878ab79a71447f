/** Who missed more than can be caught up gets the newest messages instead, first, at `/ws/chat` and `/messagepal`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlatClient, type FlatFrame } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { Workspace } from '../support/workspace.ts';

describe('a client that is far behind', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ CATCH_UP_EVENTS_MAX: '3', HISTORY_ON_JOIN: '2' });
  });
  after(() => server.close());

  const contentsOf = (frames: readonly FlatFrame[]) =>
    frames.map((frame) => (frame['message'] as { content?: string } | undefined)?.content);

  test('gets the newest messages of a channel before `joined_channel`', async () => {
    const alice = await FlatClient.connect(server, 'alice');
    const workspace = await Workspace.found(await server.login('alice'));
    const place = { channelId: await workspace.newChannel('busy') };
    alice.send('join_channel', place);
    for (const content of ['1', '2', '3', '4', '5'])
      alice.send('send_message', { ...place, content });
    await alice.next('message_sent', 5);
    const again = await FlatClient.connect(server, 'alice');

    again.send('join_channel', { ...place, lastSequence: 1 });
    const joined = await again.next('joined_channel');

    assert.deepEqual([joined['truncated'], joined['headSequence']], [true, 5]);
    const frames = again.frames.slice(1, again.frames.indexOf(joined));
    assert.deepEqual(contentsOf(frames), ['4', '5']);
    for (const frame of frames) {
      assert.equal((frame['message'] as { readBy: string[] }).readBy.length, 1);
    }
    for (const client of [alice, again]) client.close();
  });

  test('gets the newest messages of a conversation before `subscribed`', async () => {
    const alice = await FlatClient.connect(server, 'alice', '/messagepal');
    const bob = await FlatClient.connect(server, 'bob', '/messagepal');
    const recipientId = bob.frames[0]?.['userId'];
    for (const content of ['1', '2', '3', '4', '5']) {
      alice.send('send_message', { recipientId, content });
    }
    const { id: messageId, conversationId } = (await bob.next('message_received', 5))[
      'message'
    ] as { id: string; conversationId: string };
    bob.send('mark_read', { messageId });
    const { readAt } = await alice.next('message_read');
    const again = await FlatClient.connect(server, 'alice', '/messagepal');

    again.send('subscribe', { conversationId, lastSequence: 1 });
    const subscribed = await again.next('subscribed');
    again.send('subscribe', { conversationId, lastSequence: 2 });
    const near = await again.next('subscribed', 2);

    assert.deepEqual([subscribed['truncated'], subscribed['headSequence']], [true, 5]);
    const frames = again.frames.slice(1, again.frames.indexOf(subscribed));
    assert.deepEqual(contentsOf(frames), ['4', '5']);
    for (const frame of frames) {
      assert.equal((frame['message'] as { readAt: string }).readAt, readAt);
    }
    assert.equal(near['truncated'], false);
    for (const client of [alice, bob, again]) client.close();
  });
});
