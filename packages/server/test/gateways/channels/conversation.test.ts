/** `/ws/chat` with raw JSON over the `ws` client, against a whole server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../../support/account.ts';
import { FlatClient, type FlatFrame } from '../../support/flat-client.ts';
import { TestServer } from '../../support/running-server.ts';
import { until } from '../../support/wait.ts';
import { Workspace } from '../../support/workspace.ts';

interface Said {
  readonly id: string;
  readonly senderName: string;
  readonly content: string;
  readonly sequence: number;
  readonly readBy: readonly string[];
  readonly replyTo?: string;
  readonly deleted?: true;
}

describe('/ws/chat', () => {
  let server: TestServer;
  let alice: FlatClient;
  let bob: FlatClient;
  let account: Account;
  let workspace: Workspace;
  before(async () => {
    server = await TestServer.start({ TYPING_TIMEOUT_MS: '200', CHANNELS_BUCKET_CAPACITY: '50' });
    [alice, bob] = [
      await FlatClient.connect(server, 'alice'),
      await FlatClient.connect(server, 'bob'),
    ];
    account = await server.login('alice');
    workspace = await Workspace.create(account, 'bob');
  });
  after(async () => {
    for (const client of [alice, bob]) client.close();
    await server.close();
  });

  const said = (frame: FlatFrame) => frame['message'] as Said;

  test('rejects messages and typing in an archived channel with the reason', async () => {
    const channelId = await workspace.createChannel('old');
    for (const client of [alice, bob]) await client.joinChannel(channelId);
    bob.send('typing', { channelId });
    await alice.next('user_typing');
    await account.must('PATCH', `/api/channels/${channelId}`, { archived: true });

    alice.send('send_message', { channelId, content: 'x', clientMessageId: 'c1' });
    const rejected = await alice.next('error');
    alice.send('typing', { channelId });

    const about = { type: 'error', code: 'FORBIDDEN', message: 'This room is archived' };
    const written = { originalType: 'send_message', channelId, clientMessageId: 'c1' };
    assert.deepEqual(rejected, { ...about, ...written });
    assert.deepEqual(await alice.next('error', 2), { ...about, originalType: 'typing', channelId });
  });

  test('greets, and sends the presence of users in a channel, their joins and leaves', async () => {
    const greeting = (await FlatClient.connect(server, 'greta')).frames[0];
    const channelId = await workspace.createChannel('people');

    await alice.joinChannel(channelId);
    const joined = await bob.joinChannel(channelId);
    const online = await alice.next('user_presence');
    bob.send('leave_channel', { channelId });
    const offline = await alice.next('user_presence', 2);

    assert.deepEqual(Object.keys(greeting ?? {}), ['type', 'userId', 'username']);
    assert.deepEqual(
      { ...joined, epoch: '' },
      { type: 'joined_channel', channelId, headSequence: 0, epoch: '', truncated: false },
    );
    const { userId } = online;
    const about = { type: 'user_presence', channelId, userId, username: 'bob' };
    assert.deepEqual(
      [online, offline],
      [
        { ...about, status: 'online' },
        { ...about, status: 'offline' },
      ],
    );
    assert.deepEqual(
      bob.all('user_presence').map((frame) => frame['username']),
      ['alice'],
    );
  });

  test('sends joins and leaves in a direct conversation too', async () => {
    const { userId } = bob;
    const body = { recipientId: userId, content: 'hi' };
    const { message } = await account.must<{ message: { conversationId: string } }>(
      'POST',
      '/api/messages',
      body,
    );
    const channelId = message.conversationId;

    await alice.joinChannel(channelId);
    await bob.joinChannel(channelId);
    await alice.next('user_presence');
    bob.send('leave_channel', { channelId });
    await alice.next('user_presence', 2);
    const phone = await FlatClient.connect(server, 'bob');
    await phone.joinChannel(channelId);
    await alice.next('user_presence', 3);
    phone.close();
    await alice.next('user_presence', 4);

    const about = { type: 'user_presence', channelId, userId, username: 'bob' };
    assert.deepEqual(
      alice.all('user_presence'),
      ['online', 'offline', 'online', 'offline'].map((status) => ({ ...about, status })),
    );
    assert.deepEqual(
      phone.all('user_presence').map((frame) => frame['username']),
      ['alice'],
    );
  });

  test('sends messages to the others, and the stored message to the sender', async () => {
    const channelId = await workspace.createChannel('talk');
    await alice.joinChannel(channelId);
    await bob.joinChannel(channelId);

    alice.send('send_message', { channelId, content: ' hello ', clientMessageId: 'c1' });
    const sent = await alice.next('message_sent');
    const received = await bob.next('new_message');
    bob.send('send_message', { channelId, content: 'hi', replyTo: said(sent).id });
    const reply = said(await alice.next('new_message'));
    alice.send('send_message', { channelId, content: 'hello', clientMessageId: 'c1' });
    const again = await alice.next('message_sent', 2);

    assert.equal(sent['clientMessageId'], 'c1');
    assert.deepEqual(received['message'], sent['message']);
    const { senderName, content, sequence, readBy } = said(received);
    assert.deepEqual([senderName, content, sequence, readBy.length], ['alice', 'hello', 1, 1]);
    assert.equal(reply.replyTo, said(sent).id);
    assert.equal(said(again).id, said(sent).id);
    await bob.settled();
    assert.equal(bob.all('new_message').length, 1);
    assert.equal(alice.all('new_message').length, 1); // Never the client's own presence.
  });

  test('recognizes a reply over HTTP as a retry of the one over the socket, under either field name', async () => {
    const channelId = await workspace.createChannel('replies');
    await alice.joinChannel(channelId);
    await bob.joinChannel(channelId);
    bob.send('send_message', { channelId, content: 'well?' });
    const { id: replyTo } = said(await bob.next('message_sent'));
    const toQuestion = { channelId, content: 'well', clientMessageId: 'r1' };
    interface Posted {
      readonly message: Said;
      readonly duplicate: boolean;
    }
    const post = (body: object) => account.must<Posted>('POST', '/api/messages', body);

    const posted = await post({ ...toQuestion, replyTo });
    alice.send('send_message', { ...toQuestion, replyTo });
    const sent = said(await alice.next('message_sent'));
    const native = { roomId: channelId, content: 'well', clientMessageId: 'r1' };
    const others = [
      await post({ ...toQuestion, parentMessageId: replyTo }),
      await post({ ...native, replyTo }),
      await post({ ...native, parentMessageId: replyTo }),
    ];
    const another = await account.call('POST', '/api/messages', toQuestion);

    assert.deepEqual([posted.duplicate, posted.message.replyTo], [false, replyTo]);
    assert.deepEqual([sent.id, sent.replyTo], [posted.message.id, replyTo]);
    for (const { message, duplicate } of others) {
      assert.deepEqual([message.id, duplicate], [posted.message.id, true]);
    }
    assert.equal(another.status, 409); // Without the reply, it is another message.
    alice.send('send_message', { ...toQuestion, clientMessageId: 'r2', replyTo });
    const second = said(await alice.next('message_sent', 2));
    const late = await post({ ...toQuestion, clientMessageId: 'r2', replyTo });
    assert.deepEqual([late.message.id, late.duplicate], [second.id, true]);
    await bob.settled();
    const received = bob.all('new_message').map((frame) => said(frame).replyTo);
    assert.deepEqual(received, [replyTo, replyTo]);
  });

  test('sends typing until the user stops', async () => {
    const channelId = await workspace.createChannel('typing');
    await alice.joinChannel(channelId);
    await bob.joinChannel(channelId);

    alice.send('typing', { channelId });
    const started = await bob.next('user_typing');
    const stopped = await bob.next('user_typing', 2);

    const about = { type: 'user_typing', channelId, userId: started['userId'], username: 'alice' };
    assert.deepEqual(
      [started, stopped],
      [
        { ...about, isTyping: true },
        { ...about, isTyping: false },
      ],
    );
  });

  test('sends read receipts, but none if the position does not move', async () => {
    const channelId = await workspace.createChannel('reading');
    await alice.joinChannel(channelId);
    await bob.joinChannel(channelId);
    for (const content of ['one', 'two']) alice.send('send_message', { channelId, content });
    const [first, second] = [
      said(await bob.next('new_message')),
      said(await bob.next('new_message', 2)),
    ];

    bob.send('mark_read', { channelId, messageId: second.id });
    const read = await alice.next('message_read');
    bob.send('mark_read', { channelId, messageId: first.id });
    await bob.settled();

    const about = { type: 'message_read', channelId, messageId: second.id };
    assert.deepEqual(read, { ...about, userId: read['userId'] });
    assert.deepEqual(bob.all('message_read'), [read]);
    const { messages, hasMore } = await account.must<{ messages: Said[]; hasMore: boolean }>(
      'GET',
      `/api/channels/${channelId}/messages`,
    );
    assert.equal(hasMore, false);
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['one', 'two'],
    );
    for (const { readBy } of messages) assert.ok(readBy.includes(read['userId'] as string));
    assert.equal(messages[1]?.readBy.length, 2);
  });

  test('hides in a direct conversation that a user with a block has read it', async () => {
    const accounts = { ann: await server.signUp('ann'), ben: await server.signUp('ben') };
    const [ann, ben] = [
      await FlatClient.connectAs(server, accounts.ann),
      await FlatClient.connectAs(server, accounts.ben),
    ];
    const { message } = await accounts.ann.must<{
      message: { conversationId: string; id: string };
    }>('POST', '/api/messages', { recipientId: ben.userId, content: 'hello' });
    const { conversationId: channelId, id: messageId } = message;
    for (const client of [ann, ben]) await client.joinChannel(channelId);
    ben.send('mark_read', { channelId, messageId });
    await ann.next('message_read');
    const shown = async (who: Account) => {
      const path = `/api/channels/${channelId}/messages`;
      const { messages } = await who.must<{ messages: Said[] }>('GET', path);
      const again = await FlatClient.connectAs(server, who);
      await again.joinChannel(channelId, { lastSequence: 0 });
      const missed = again.all('new_message').map((frame) => said(frame).readBy);
      const [first] = messages;
      assert.deepEqual(missed, [first?.readBy]);
      again.close();
      return new Set(first?.readBy);
    };
    const both = new Set([ann.userId, ben.userId]);
    assert.deepEqual(await shown(accounts.ann), both);

    await accounts.ben.must('PUT', `/api/blocks/${ann.userId}`);

    assert.deepEqual(await shown(accounts.ann), new Set([ann.userId]));
    const path = `/api/channels/${channelId}/messages`;
    assert.equal((await accounts.ben.call('GET', path)).status, 404);
    for (const client of [ann, ben]) client.close();
  });

  test('sends missed messages, edits and deletions in order before new events', async () => {
    const channelId = await workspace.createChannel('missed');
    await alice.joinChannel(channelId);
    const native = await server.connect('alice');
    await native.joinRoom({ roomId: channelId });
    const send = async (content: string) =>
      (await native.sendMessage({ roomId: channelId, content })).id;
    const [one] = [await send('one'), await send('two')];
    await native.ask(
      'edit_message',
      { roomId: channelId, messageId: one, content: '1' },
      'message_ack',
    );
    const three = await send('three');
    await native.ask('delete_message', { roomId: channelId, messageId: three }, 'message_ack');

    const joined = await bob.joinChannel(channelId, { lastSequence: 1 });

    assert.deepEqual([joined['headSequence'], joined['truncated']], [5, false]);
    const told = bob.frames.slice(0, bob.frames.indexOf(joined));
    assert.deepEqual(
      told.map((frame) => [frame.type, frame['sequence'] ?? said(frame).sequence]),
      [
        ['new_message', 2],
        ['message_edited', 3],
        ['new_message', 4],
      ],
    );
    // In its current form, without its later changes.
    const { content, deleted } = said(told.at(-1) as FlatFrame);
    assert.deepEqual([content, deleted], ['', true]);
    native.close();
  });

  test('sends nothing to a user who was removed from the workspace', async () => {
    const carol = await FlatClient.connect(server, 'carol');
    await workspace.addMember('carol');
    const channelId = await workspace.createChannel('secrets');
    await alice.joinChannel(channelId);
    await carol.joinChannel(channelId);

    await workspace.removeMember('carol');
    alice.send('send_message', { channelId, content: 'a secret' });
    await alice.next('message_sent');
    await carol.settled();

    assert.deepEqual(carol.all('new_message'), []);
    assert.equal((await carol.next('error'))['code'], 'FORBIDDEN');
    assert.equal((await alice.next('user_presence', 2))['status'], 'offline');
    carol.send('join_channel', { channelId });
    assert.equal((await carol.next('error', 2))['code'], 'FORBIDDEN');
    carol.close();
  });

  test('stores a message once that is sent over HTTP and the socket', async () => {
    const channelId = await workspace.createChannel('fallback');
    await alice.joinChannel(channelId);
    await bob.joinChannel(channelId);
    const body = { channelId, content: 'twice', clientMessageId: 'f1' };

    alice.send('send_message', body);
    const sent = await alice.next('message_sent');
    const answer = await account.call('POST', '/api/messages', body);

    assert.equal(answer.status, 200);
    const posted = (await answer.json()) as { message: object; duplicate: boolean };
    assert.deepEqual([posted.duplicate, posted.message], [true, sent['message']]);
    await bob.settled();
    assert.equal(bob.all('new_message').length, 1);
    bob.send('mark_read', { channelId, messageId: said(sent).id });
    await bob.next('message_read');
    alice.send('send_message', body);
    assert.deepEqual(said(await alice.next('message_sent', 2)), sent['message']);
    const later = await account.must<{ message: Said }>('POST', '/api/messages', body);
    assert.deepEqual(later.message, sent['message']);
    const dora = await server.signUp('dora');
    const outside = await dora.call('POST', '/api/messages', { ...body, clientMessageId: 'f2' });
    assert.equal(outside.status, 403);
  });

  test('closes with 4001 when the session ends', async () => {
    const account = await server.signUp('erin');
    const erin = await FlatClient.connectAs(server, account);
    await account.must('POST', '/api/auth/logout', {});
    assert.equal(await erin.end(), 4001);
    assert.equal(await new FlatClient(server, '/ws/nothing').status, 404);
  });

  test('repeats in an error what it is about, and answers a ping', async () => {
    const channelId = await workspace.createChannel('subject');
    alice.frames.length = 0;

    alice.send('send_message', { channelId, content: 'too early', clientMessageId: 'c1' });
    alice.send('join_channel', { channelId: 'x'.repeat(201) });
    alice.send('ping');
    await alice.next('pong');

    const [early, long] = alice.all('error');
    const about = early ?? { type: 'nothing' };
    assert.deepEqual([about['code'], about['originalType']], ['NOT_IN_ROOM', 'send_message']);
    assert.deepEqual([about['clientMessageId'], about['channelId']], ['c1', channelId]);
    assert.deepEqual([long?.['originalType'], long?.['channelId']], ['join_channel', undefined]);
  });

  test('limits a burst to the capacity of the token bucket', async () => {
    const dave = await FlatClient.connect(server, 'dave');
    await workspace.addMember('dave');
    const channelId = await workspace.createChannel('flood');
    await dave.joinChannel(channelId);

    for (let n = 0; n < 60; n += 1) dave.send('send_message', { channelId, content: `${n}` });
    const total = () => dave.all('message_sent').length + dave.all('error').length;
    await until(() => total() === 60, 'an answer for each');

    const [rejected] = dave.all('error');
    assert.equal(rejected?.['code'], 'RATE_LIMITED');
    assert.ok((rejected?.['retryAfter'] as number) >= 1);
    const stored = dave.all('message_sent').length;
    assert.ok(stored >= 50 && stored < 60, `${stored} stored`);
    dave.close();
  });
});
