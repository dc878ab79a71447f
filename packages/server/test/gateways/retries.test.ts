/** A retry gets the first answer, whatever has happened to the message and its sender. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import type { TestSocket } from '../support/test-socket.ts';
import { Workspace } from '../support/workspace.ts';

interface Said {
  readonly id: string;
  readonly sequence: number;
}

type Send = (said: object) => Promise<Said>;

describe('a retry', () => {
  let server: TestServer;
  let alice: Account;
  let bob: Account;
  let toAlice: TestSocket;
  let toBob: TestSocket;
  before(async () => {
    server = await TestServer.start({ CHANNELS_BUCKET_CAPACITY: '50' });
    [alice, bob] = [await server.signUp('alice'), await server.signUp('bob')];
    [toAlice, toBob] = [await alice.connect(), await bob.connect()];
  });
  after(async () => {
    for (const socket of [toAlice, toBob]) socket.close();
    await server.close();
  });

  const overHttp: Send = async (said) => {
    const answer = await bob.call('POST', '/api/messages', said);
    assert.ok(answer.ok, `${answer.status}`);
    return ((await answer.json()) as { message: Said }).message;
  };
  /** Alice applies every kind of change to Bob's message, and both read it. */
  const changeAll = async (roomId: string, { id: messageId, sequence }: Said): Promise<void> => {
    const target = { roomId, messageId };
    await toAlice.ask('add_reaction', { ...target, emoji: '👍' }, 'message_ack');
    await toAlice.ask('pin_message', target, 'message_ack');
    await toBob.ask('edit_message', { ...target, content: 'changed' }, 'message_ack');
    const reply = { roomId, content: 'secret', parentMessageId: messageId };
    await toAlice.sendMessage(reply);
    await toAlice.ask('mark_read', { roomId, sequence }, 'read_position');
  };
  const both = async (roomId: string): Promise<void> => {
    for (const socket of [toAlice, toBob]) {
      await socket.joinRoom({ roomId });
    }
  };
  const newRoom = async (roomName: string): Promise<string> => {
    const { roomId } = await toAlice.joinRoom({ roomName });
    await toBob.joinRoom({ roomId });
    return roomId;
  };
  const ban = (roomId: string): Promise<unknown> =>
    alice.must('PUT', `/api/rooms/${roomId}/bans/${bob.userId}`);

  test('over HTTP shows a banned user nothing newer, in a room or a reply', async () => {
    const roomId = await newRoom('retry-http');
    const question = await toAlice.sendMessage({ roomId, content: 'well?' });
    const first = { roomId, content: 'hello', clientMessageId: 'h1' };
    const reply = { ...first, clientMessageId: 'h2', parentMessageId: question.id };
    const sent = [await overHttp(first), await overHttp(reply)];
    for (const message of sent) await changeAll(roomId, message);

    await ban(roomId);

    assert.deepEqual([await overHttp(first), await overHttp(reply)], sent);
    const fresh = await bob.call('POST', '/api/messages', { ...first, clientMessageId: 'h3' });
    assert.equal(fresh.status, 403);
  });

  test('over HTTP shows a user removed from the workspace nothing newer of a channel', async () => {
    const workspace = await Workspace.create(alice, 'bob');
    const channelId = await workspace.createChannel('retry');
    await both(channelId);
    const first = { channelId, content: 'hello', clientMessageId: 'c1' };
    const sent = await overHttp(first);
    await changeAll(channelId, sent);

    await workspace.removeMember('bob');

    assert.deepEqual(await overHttp(first), sent);
  });

  test('over HTTP shows a blocked user nothing newer of a conversation', async () => {
    const first = { recipientId: alice.userId, content: 'hello', clientMessageId: 'd1' };
    const sent = await overHttp(first);
    const { conversationId: roomId } = sent as Said & { conversationId: string };
    await changeAll(roomId, sent);
    await alice.must('PUT', `/api/blocks/${bob.userId}`);

    const again = await overHttp(first);

    await alice.must('DELETE', `/api/blocks/${bob.userId}`);
    assert.deepEqual(again, sent);
  });

  test('over /ws/chat gets the first answer', async () => {
    const workspace = await Workspace.create(alice, 'bob');
    const channelId = await workspace.createChannel('socket');
    await both(channelId);
    const client = await FlatClient.connectAs(server, bob);
    await client.joinChannel(channelId);
    const said = { channelId, content: 'hello', clientMessageId: 's1' };
    client.send('send_message', said);
    const first = await client.next('message_sent');
    await changeAll(channelId, first['message'] as Said);

    client.send('send_message', said);

    assert.deepEqual(await client.next('message_sent', 2), first);
    client.close();
  });

  test('over /messagepal gets the first answer, after a block too', async () => {
    const client = await FlatClient.connectAs(server, bob, '/messagepal');
    const said = { recipientId: alice.userId, content: 'psst', clientMessageId: 'p1' };
    client.send('send_message', said);
    const first = await client.next('message_received');
    const { conversationId, ...message } = first['message'] as Said & { conversationId: string };
    await changeAll(conversationId, message);
    await alice.must('PUT', `/api/blocks/${bob.userId}`);
    client.frames.length = 0;

    client.send('send_message', said);

    assert.deepEqual(await client.next('message_received'), first);
    await alice.must('DELETE', `/api/blocks/${bob.userId}`);
    client.close();
  });

  test('over Socket.IO gets the first answer', async () => {
    const roomId = await newRoom('retry-socketio');
    const client = await SocketIoClient.connect(server, 'bob');
    await client.joinRoom(roomId);
    const said = { roomId, content: 'hello', clientMessageId: 'i1' };
    const first = await client.must('message:send', said);
    await changeAll(roomId, first['message'] as Said);

    const again = await client.must('message:send', said);

    assert.deepEqual(again, { ...first, duplicate: true });
    client.close();
  });
});
