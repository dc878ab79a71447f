/** Bad input at `/ws/chat`: an error to the sender only, nothing stored, nobody else disturbed. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { BAD_FRAMES, type Rejection, rejectionOf, textOf } from '../../support/bad-frames.ts';
import { FlatClient } from '../../support/flat-client.ts';
import { TestServer } from '../../support/running-server.ts';
import { Workspace } from '../../support/workspace.ts';

const UNKNOWN = '00000000-0000-7000-8000-00000000beef';

describe('bad input at /ws/chat', () => {
  let server: TestServer;
  let alice: FlatClient;
  let bob: FlatClient;
  let mallory: FlatClient;
  /** Of all three. */
  let channelId: string;
  /** In a workspace in which mallory never was. */
  let foreign: { readonly channelId: string; readonly messageId: string };
  let saidCount = 0;

  const openChannel = async (name: string, others: readonly FlatClient[]): Promise<string> => {
    const usernames = ['bob', 'mallory'].slice(0, others.length);
    const workspace = await Workspace.found(await server.login('alice'), ...usernames);
    const id = await workspace.newChannel(name);
    for (const client of [alice, ...others]) {
      client.frames.length = 0;
      client.send('join_channel', { channelId: id });
      await client.next('joined_channel');
    }
    return id;
  };
  const say = async (place: string, content: string): Promise<Record<string, unknown>> => {
    alice.send('send_message', { channelId: place, content });
    return (await alice.next('message_sent'))['message'] as Record<string, unknown>;
  };

  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0' });
    alice = await FlatClient.connect(server, 'alice');
    bob = await FlatClient.connect(server, 'bob');
    mallory = await FlatClient.connect(server, 'mallory');
    const secret = await openChannel('secret', [bob]);
    const { id } = await say(secret, 'between us');
    foreign = { channelId: secret, messageId: id as string };
    channelId = await openChannel('school', [bob, mallory]);
  });
  after(async () => {
    for (const client of [alice, bob, mallory]) client.close();
    await server.close();
  });
  beforeEach(async () => {
    for (const client of [alice, bob, mallory]) {
      await client.settled();
      client.frames.length = 0;
    }
  });
  /** After each test the others still talk and have received nothing from mallory. */
  afterEach(async () => {
    await Promise.all([alice, bob].map((client) => client.settled()));
    for (const { frames } of [alice, bob]) assert.deepEqual(frames, []);
    const { sequence } = await say(channelId, 'still here');
    saidCount += 1;
    assert.equal(sequence, saidCount); // Nothing was stored but this.
    for (const client of [bob, mallory]) await client.next('new_message');
  });

  const rejections: readonly Rejection[] = [
    ...BAD_FRAMES,
    ['a frame of the server', { type: 'new_message', message: {} }, 'UNKNOWN_TYPE'],
    ['no channel', { type: 'join_channel' }, 'VALIDATION_ERROR channelId'],
    ['a name as channel', { type: 'join_channel', channelId: 'lobby' }, 'NOT_FOUND channelId'],
    ['an unknown channel', { type: 'join_channel', channelId: UNKNOWN }, 'NOT_FOUND'],
    [
      'a channel that no store can be asked for',
      { type: 'join_channel', channelId: 'a\u0000' },
      'VALIDATION_ERROR channelId',
    ],
    [
      'a position that is none',
      () => ({ type: 'join_channel', channelId, lastSequence: -1 }),
      'VALIDATION_ERROR lastSequence',
    ],
    [
      'what is said where one is not',
      { type: 'send_message', channelId: UNKNOWN, content: 'x' },
      'NOT_IN_ROOM',
    ],
    ['no content', () => ({ type: 'send_message', channelId }), 'VALIDATION_ERROR content'],
    ...(
      [
        ['content that is no text', { content: 7 }, 'content'],
        ['blank content', { content: ' \n ' }, 'content'],
        ['content that nobody sees', { content: '\u200b\ufeff' }, 'content'],
        ['content that is too long', { content: 'x'.repeat(10_001) }, 'content'],
        ['content with U+0000', { content: 'a\u0000b' }, 'content'],
        ['attachments that are no list', { content: 'x', attachments: '/a' }, 'attachments'],
        [
          'the address of a script',
          { content: 'x', attachments: [{ url: ' java\nscript:x' }] },
          'attachments',
        ],
        ['an id that is no text', { content: 'x', clientMessageId: 1 }, 'clientMessageId'],
        ['an id with U+0000', { content: 'x', clientMessageId: 'a\u0000' }, 'clientMessageId'],
        ['half a character', { content: 'x', clientMessageId: 'a\ud800' }, 'clientMessageId'],
      ] as const
    ).map(
      ([title, fields, field]): Rejection => [
        title,
        () => ({ type: 'send_message', channelId, ...fields }),
        `VALIDATION_ERROR ${field}`,
      ],
    ),
    [
      'a reply to no message',
      () => ({ type: 'send_message', channelId, content: 'x', replyTo: UNKNOWN }),
      'NOT_FOUND replyTo',
    ],
    [
      'a reply to a message of another channel',
      () => ({ type: 'send_message', channelId, content: 'x', replyTo: foreign.messageId }),
      'NOT_FOUND replyTo',
    ],
    [
      'an unknown message',
      () => ({ type: 'mark_read', channelId, messageId: UNKNOWN }),
      'NOT_FOUND messageId',
    ],
    [
      'a message of another channel',
      () => ({ type: 'mark_read', channelId, messageId: foreign.messageId }),
      'NOT_FOUND messageId',
    ],
    [
      'a word for yes',
      () => ({ type: 'typing', channelId, isTyping: 'yes' }),
      'VALIDATION_ERROR isTyping',
    ],
  ];

  for (const [title, given, wanted] of rejections) {
    test(`answers ${title}, and stays`, async () => {
      mallory.sendRaw(textOf(given));

      assert.equal(rejectionOf(await mallory.next('error')), wanted);
      await mallory.settled();
      assert.equal(mallory.frames.length, 1);
    });
  }

  test('refuses a channel of foreign people, and tells nothing of it', async () => {
    const rejected: readonly (readonly [type: string, fields: object, code: string])[] = [
      ['join_channel', {}, 'FORBIDDEN'],
      ['join_channel', { lastSequence: 0 }, 'FORBIDDEN'],
      ['leave_channel', {}, 'NOT_IN_ROOM'],
      ['send_message', { content: 'let me in' }, 'NOT_IN_ROOM'],
      ['typing', {}, 'NOT_IN_ROOM'],
      ['mark_read', { messageId: foreign.messageId }, 'FORBIDDEN'],
      ['mark_read', { messageId: UNKNOWN }, 'FORBIDDEN'],
    ];
    const place = { channelId: foreign.channelId };
    for (const [type, fields, code] of rejected) {
      mallory.frames.length = 0;
      mallory.send(type, { ...place, ...fields });
      const { message, ...told } = await mallory.next('error');
      assert.deepEqual(told, { type: 'error', code, originalType: type, ...place });
      await mallory.settled();
      assert.equal(mallory.frames.length, 1);
    }
    const path = `/api/channels/${foreign.channelId}/messages`;
    const outsider = await server.login('mallory');
    const read = await outsider.call('GET', path);
    const posted = await outsider.call('POST', '/api/messages', { ...place, content: 'x' });
    assert.deepEqual([read.status, posted.status], [403, 403]);
    const member = await server.login('bob');
    const { messages } = await member.must<{ messages: { content: string }[] }>('GET', path);
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['between us'],
    );
  });

  test('takes scripts for the text that they are', async () => {
    const content = '<script>alert(1)</script><img src=x onerror=alert(2)>';

    const sent = await say(channelId, content);
    const heard = (await bob.next('new_message'))['message'] as Record<string, unknown>;

    assert.deepEqual([sent['content'], heard['content']], [content, content]);
    saidCount += 1;
    for (const client of [alice, bob]) client.frames.length = 0;
  });
});
