/** Clients that missed more than the catch-up limit receive a marker and fetch the messages, at `/ws/chat` and `/messagepal`. */
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

  test('receives nothing of a channel before `joined_channel`, and its newest messages over HTTP', async () => {
    const alice = await FlatClient.connect(server, 'alice');
    const workspace = await Workspace.create(await server.login('alice'));
    const place = { channelId: await workspace.createChannel('busy') };
    alice.send('join_channel', place);
    for (const content of ['1', '2', '3', '4', '5'])
      alice.send('send_message', { ...place, content });
    await alice.next('message_sent', 5);
    const again = await FlatClient.connect(server, 'alice');

    again.send('join_channel', { ...place, lastSequence: 1 });
    const joined = await again.next('joined_channel');

    assert.deepEqual([joined['truncated'], joined['headSequence']], [true, 5]);
    assert.equal(again.frames[1], joined); // After the greeting.
    alice.send('send_message', { ...place, content: '6' });
    await again.next('new_message');
    assert.deepEqual(contentsOf(again.all('new_message')), ['6']);
    const account = await server.login('alice');
    const path = `/api/channels/${place.channelId}/messages?limit=2&before=6`;
    const { messages } = await account.must<{ messages: { content: string }[] }>('GET', path);
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['4', '5'],
    );
    for (const client of [alice, again]) client.close();
  });

  test('receives nothing of a conversation before `subscribed`, and its newest messages by `fetch_history`', async () => {
    const alice = await FlatClient.connect(server, 'alice', '/messagepal');
    const bob = await FlatClient.connect(server, 'bob', '/messagepal');
    const recipientId = bob.frames[0]?.['userId'];
    for (const content of ['1', '2', '3', '4', '5']) {
      alice.send('send_message', { recipientId, content });
    }
    const { conversationId } = (await bob.next('message_received', 5))['message'] as {
      conversationId: string;
    };
    const again = await FlatClient.connect(server, 'alice', '/messagepal');

    again.send('subscribe', { conversationId, lastSequence: 1 });
    const subscribed = await again.next('subscribed');
    again.send('fetch_history', { conversationId, limit: 2 });
    const { messages } = await again.next('history_response');
    again.send('subscribe', { conversationId, lastSequence: 2 });
    const near = await again.next('subscribed', 2);

    assert.deepEqual([subscribed['truncated'], subscribed['headSequence']], [true, 5]);
    assert.equal(again.frames[1], subscribed); // After the greeting.
    assert.deepEqual(
      (messages as { content: string }[]).map(({ content }) => content),
      ['4', '5'],
    );
    assert.equal(near['truncated'], false);
    assert.deepEqual(contentsOf(again.all('message_received')), ['3', '4', '5']);
    for (const client of [alice, bob, again]) client.close();
  });
});
