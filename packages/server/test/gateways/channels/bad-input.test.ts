import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testBadInput } from '../../contracts/bad-input.ts';
import {
  BAD_FRAMES,
  type BadInputDialect,
  FOREIGN_MESSAGE,
  FOREIGN_ROOM,
  ROOM,
  UNKNOWN,
} from '../../support/bad-commands.ts';
import { connectFlat, contextOf } from '../../support/flat-bad-input.ts';
import { FlatClient } from '../../support/flat-client.ts';
import { Workspace } from '../../support/workspace.ts';

const CHANNELS: BadInputDialect = {
  title: '/ws/chat',
  connect: (server, account) => connectFlat(server, account, '/ws/chat'),
  async prepare(server, { alice }) {
    const createChannel = async (name: string, ...members: string[]) =>
      (await Workspace.create(alice, ...members)).createChannel(name);
    const secret = await createChannel('secret', 'bob');
    const client = await FlatClient.connectAs(server, alice);
    await client.joinChannel(secret);
    client.send('send_message', { channelId: secret, content: 'between us' });
    const { id } = (await client.next('message_sent'))['message'] as { id: string };
    client.close();
    const room = await createChannel('school', 'bob', 'mallory');
    return { room, foreignRoom: secret, foreignMessage: id };
  },
  open: (client, channelId) => client.ask('join_channel', { channelId }),
  message: {
    type: 'send_message',
    target: 'channelId',
    toBob: ROOM,
    fromMallory: ROOM,
    unknownTarget: 'NOT_IN_ROOM',
    lengthMax: 10_000,
    hasAttachments: true,
  },
  positions: [['join_channel', { channelId: ROOM }, 'lastSequence']],
  contextOf,
  retryAfter: 1,
  tooComplex: 'The JSON text has more than 2000 values',
  closeCode: 1009,
  badFrames: BAD_FRAMES,
  badCommands: [
    ['new_message', { message: {} }, 'UNKNOWN_TYPE'],
    ['join_channel', {}, 'VALIDATION_ERROR channelId'],
    ['join_channel', { channelId: 'lobby' }, 'NOT_FOUND channelId'],
    ['join_channel', { channelId: UNKNOWN }, 'NOT_FOUND'],
    ['join_channel', { channelId: 'a\u0000' }, 'VALIDATION_ERROR channelId'],
    ['send_message', { channelId: ROOM, content: 'x', replyTo: UNKNOWN }, 'NOT_FOUND replyTo'],
    [
      'send_message',
      { channelId: ROOM, content: 'x', replyTo: FOREIGN_MESSAGE },
      'NOT_FOUND replyTo',
    ],
    ['mark_read', { channelId: ROOM, messageId: UNKNOWN }, 'NOT_FOUND messageId'],
    ['mark_read', { channelId: ROOM, messageId: FOREIGN_MESSAGE }, 'NOT_FOUND messageId'],
    ['typing', { channelId: ROOM, isTyping: 'yes' }, 'VALIDATION_ERROR isTyping'],
    ['join_channel', { channelId: FOREIGN_ROOM }, 'FORBIDDEN'],
    ['join_channel', { channelId: FOREIGN_ROOM, lastSequence: 0 }, 'FORBIDDEN'],
    ['leave_channel', { channelId: FOREIGN_ROOM }, 'NOT_IN_ROOM'],
    ['send_message', { channelId: FOREIGN_ROOM, content: 'let me in' }, 'NOT_IN_ROOM'],
    ['typing', { channelId: FOREIGN_ROOM }, 'NOT_IN_ROOM'],
    ['mark_read', { channelId: FOREIGN_ROOM, messageId: FOREIGN_MESSAGE }, 'FORBIDDEN'],
    ['mark_read', { channelId: FOREIGN_ROOM, messageId: UNKNOWN }, 'FORBIDDEN'],
  ],
};

testBadInput(CHANNELS, (scene) => {
  test('rejects a foreign channel over HTTP', async () => {
    const { mallory, bob } = scene.accounts;
    const channelId = scene.fill(FOREIGN_ROOM);
    const path = `/api/channels/${channelId}/messages`;

    const read = await mallory.call('GET', path);
    const posted = await mallory.call('POST', '/api/messages', { channelId, content: 'x' });

    assert.deepEqual([read.status, posted.status], [403, 403]);
    const { messages } = await bob.must<{ messages: { content: string }[] }>('GET', path);
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['between us'],
    );
  });
});
