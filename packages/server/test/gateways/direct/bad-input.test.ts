/** Bad input at `/messagepal`: an error to the sender only, nothing stored, nobody else disturbed. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Account } from '../../support/account.ts';
import { BAD_FRAMES, type Rejection, rejectionOf, textOf } from '../../support/bad-frames.ts';
import { FlatClient, type FlatFrame } from '../../support/flat-client.ts';
import { TestServer } from '../../support/running-server.ts';

const UNKNOWN = '00000000-0000-7000-8000-00000000beef';

describe('bad input at /messagepal', () => {
  let server: TestServer;
  let people: Record<'mallory' | 'alice' | 'bob', Account>;
  let mallory: FlatClient;
  let alice: FlatClient;
  let bob: FlatClient;
  let conversationId: string;
  let messageId: string;
  let lobbyId: string;

  const connect = (account: Account): Promise<FlatClient> =>
    FlatClient.connectAs(server, account, '/messagepal');
  const say = async (client: FlatClient, recipientId: string, content: string) => {
    client.frames.length = 0;
    client.send('send_message', { recipientId, content });
    return (await client.next('message_received'))['message'] as Record<string, string>;
  };

  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0' });
    people = {
      mallory: await server.enter('mallory'),
      alice: await server.enter('alice'),
      bob: await server.enter('bob'),
    };
    const native = await people.alice.connect();
    lobbyId = (await native.ask('join_room', { roomName: 'lobby' }, 'room_joined')).roomId;
    native.close();
  });
  after(() => server.close());
  beforeEach(async () => {
    [mallory, alice, bob] = [
      await connect(people.mallory),
      await connect(people.alice),
      await connect(people.bob),
    ];
    const message = await say(alice, people.bob.userId, 'between us');
    messageId = message['id'] ?? '';
    conversationId = message['conversationId'] ?? '';
    await bob.next('message_received');
  });
  /** After each test the others still talk and have received nothing from mallory. */
  afterEach(async () => {
    bob.frames.length = 0;
    const { sequence } = await say(alice, people.bob.userId, 'still here');
    await bob.next('message_received');
    assert.equal(alice.frames.length, 1);
    assert.equal(bob.frames.length, 1);
    assert.equal(Number(sequence) % 2, 0); // Two by two: nothing came between.
    for (const client of [mallory, alice, bob]) client.close();
    await Promise.all([mallory, alice, bob].map((client) => client.end()));
  });

  const rejections: readonly Rejection[] = [
    ...BAD_FRAMES,
    ['a type of the server', { type: 'message_received', message: {} }, 'UNKNOWN_TYPE'],
    ['no recipient', { type: 'send_message', content: 'x' }, 'VALIDATION_ERROR recipientId'],
    ['no content', { type: 'send_message', recipientId: UNKNOWN }, 'VALIDATION_ERROR content'],
    [
      'content that is no text',
      { type: 'send_message', recipientId: UNKNOWN, content: { text: 'x' } },
      'VALIDATION_ERROR content',
    ],
    [
      'blank content',
      () => ({ type: 'send_message', recipientId: people.alice.userId, content: ' \n ' }),
      'VALIDATION_ERROR content',
    ],
    [
      'content that nobody sees',
      () => ({ type: 'send_message', recipientId: people.alice.userId, content: '\u200b\ufeff' }),
      'VALIDATION_ERROR content',
    ],
    [
      'content that is too long',
      () => ({
        type: 'send_message',
        recipientId: people.alice.userId,
        content: 'x'.repeat(10_001),
      }),
      'VALIDATION_ERROR content',
    ],
    [
      'an id that is no text',
      () => ({
        type: 'send_message',
        recipientId: people.alice.userId,
        content: 'x',
        clientMessageId: 1,
      }),
      'VALIDATION_ERROR clientMessageId',
    ],
    [
      'nobody as recipient',
      { type: 'send_message', recipientId: UNKNOWN, content: 'x' },
      'NOT_FOUND recipientId',
    ],
    [
      'what is no id',
      { type: 'send_message', recipientId: "alice' OR 1=1", content: 'x' },
      'NOT_FOUND recipientId',
    ],
    [
      'what no store can be asked for',
      { type: 'send_message', recipientId: 'a\u0000', content: 'x' },
      'VALIDATION_ERROR recipientId',
    ],
    [
      'oneself as recipient',
      () => ({ type: 'send_message', recipientId: people.mallory.userId, content: 'x' }),
      'VALIDATION_ERROR recipientId',
    ],
    ['typing to nobody', { type: 'typing', recipientId: UNKNOWN }, 'NOT_FOUND recipientId'],
    [
      'typing to oneself',
      () => ({ type: 'typing', recipientId: people.mallory.userId }),
      'VALIDATION_ERROR recipientId',
    ],
    [
      'a word for yes',
      () => ({ type: 'typing', recipientId: people.alice.userId, isTyping: 'yes' }),
      'VALIDATION_ERROR isTyping',
    ],
    ['an unknown message', { type: 'mark_read', messageId: UNKNOWN }, 'NOT_FOUND messageId'],
    ['a message of others', () => ({ type: 'mark_read', messageId }), 'NOT_FOUND'],
    [
      'a message of others, with their conversation',
      () => ({ type: 'mark_read', messageId, conversationId }),
      'NOT_FOUND',
    ],
    ['history of nothing', { type: 'fetch_history' }, 'VALIDATION_ERROR conversationId'],
    [
      'history of an unknown conversation',
      { type: 'fetch_history', conversationId: UNKNOWN },
      'NOT_FOUND',
    ],
    ['history of others', () => ({ type: 'fetch_history', conversationId }), 'NOT_FOUND'],
    [
      'a room that is no conversation',
      () => ({ type: 'fetch_history', conversationId: lobbyId }),
      'NOT_FOUND',
    ],
    [
      'a limit that is too high',
      () => ({ type: 'fetch_history', conversationId, limit: 201 }),
      'VALIDATION_ERROR limit',
    ],
    [
      'a limit of zero',
      () => ({ type: 'fetch_history', conversationId, limit: 0 }),
      'VALIDATION_ERROR limit',
    ],
    [
      'a place that is none',
      () => ({ type: 'fetch_history', conversationId, before: -1 }),
      'VALIDATION_ERROR before',
    ],
    ['an unknown conversation', { type: 'subscribe', conversationId: UNKNOWN }, 'NOT_FOUND'],
    ['a conversation of others', () => ({ type: 'subscribe', conversationId }), 'NOT_FOUND'],
    [
      'a position that is none',
      () => ({ type: 'subscribe', conversationId, lastSequence: 1.5 }),
      'VALIDATION_ERROR lastSequence',
    ],
    [
      'the end of what was never begun',
      { type: 'unsubscribe', conversationId: UNKNOWN },
      'NOT_FOUND',
    ],
  ];

  for (const [title, given, wanted] of rejections) {
    test(`answers ${title}, and stays`, async () => {
      mallory.sendRaw(textOf(given));

      assert.equal(rejectionOf(await mallory.next('error')), wanted);
      await mallory.settled();
      assert.equal(mallory.frames.length, 2);
      const { conversations } = await people.mallory.must<{
        conversations: { lastMessage: unknown }[];
      }>('GET', '/api/conversations');
      for (const { lastMessage } of conversations) assert.equal(lastMessage, null);
    });
  }

  test('refuses who was blocked, and makes no conversation of it', async () => {
    await people.bob.must('PUT', `/api/blocks/${people.mallory.userId}`);

    mallory.send('send_message', { recipientId: people.bob.userId, content: 'let me in' });
    mallory.send('typing', { recipientId: people.bob.userId });

    for (const count of [1, 2]) {
      assert.equal((await mallory.next('error', count))['code'], 'FORBIDDEN');
    }
    const { conversations } = await people.bob.must<{ conversations: { id: string }[] }>(
      'GET',
      '/api/conversations',
    );
    assert.deepEqual(
      conversations.map(({ id }) => id),
      [conversationId],
    );
    await people.bob.must('DELETE', `/api/blocks/${people.mallory.userId}`);
  });

  test('takes scripts for the text that they are', async () => {
    const content = '<script>alert(1)</script><img src=x onerror=alert(2)>';

    const message = await say(alice, people.bob.userId, content);
    const heard = (await bob.next('message_received', 2))['message'] as FlatFrame;

    assert.deepEqual([message['content'], heard['content']], [content, content]);
    await say(alice, people.bob.userId, 'and on');
    await bob.next('message_received', 3);
  });
});
