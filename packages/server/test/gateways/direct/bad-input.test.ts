import assert from 'node:assert/strict';

import { testBadInput } from '../../contracts/bad-input.ts';
import {
  ALICE,
  BAD_FRAMES,
  type BadInputDialect,
  BOB,
  FOREIGN_MESSAGE,
  FOREIGN_ROOM,
  MALLORY,
  UNKNOWN,
} from '../../support/bad-commands.ts';
import { connectFlat, contextOf } from '../../support/flat-bad-input.ts';
import { FlatClient } from '../../support/flat-client.ts';

interface Conversations {
  readonly conversations: readonly { readonly id: string; readonly lastMessage: unknown }[];
}

const DIRECT: BadInputDialect = {
  title: '/messagepal',
  connect: (server, account) => connectFlat(server, account, '/messagepal'),
  async prepare(server, { alice, bob }) {
    const native = await alice.connect();
    const { roomId } = await native.joinRoom({ roomName: 'lobby' });
    native.close();
    const client = await FlatClient.connectAs(server, alice, '/messagepal');
    client.send('send_message', { recipientId: bob.userId, content: 'between us' });
    const message = (await client.next('message_received'))['message'] as Record<string, string>;
    client.close();
    const { id: foreignMessage = '', conversationId: foreignRoom = '' } = message;
    return { lobby: roomId, foreignMessage, foreignRoom };
  },
  message: {
    type: 'send_message',
    target: 'recipientId',
    toBob: BOB,
    fromMallory: ALICE,
    unknownTarget: 'NOT_FOUND recipientId',
    lengthMax: 10_000,
    hasAttachments: false,
  },
  positions: [
    ['subscribe', { conversationId: FOREIGN_ROOM }, 'lastSequence'],
    ['fetch_history', { conversationId: FOREIGN_ROOM }, 'before'],
  ],
  contextOf,
  retryAfter: 1,
  tooComplex: 'The JSON text has more than 2000 values',
  closeCode: 1009,
  badFrames: BAD_FRAMES,
  badCommands: [
    ['message_received', { message: {} }, 'UNKNOWN_TYPE'],
    ['send_message', { content: 'x' }, 'VALIDATION_ERROR recipientId'],
    ['send_message', { recipientId: UNKNOWN }, 'VALIDATION_ERROR content'],
    ['send_message', { recipientId: MALLORY, content: 'x' }, 'VALIDATION_ERROR recipientId'],
    ['typing', { recipientId: UNKNOWN }, 'NOT_FOUND recipientId'],
    ['typing', { recipientId: MALLORY }, 'VALIDATION_ERROR recipientId'],
    ['typing', { recipientId: ALICE, isTyping: 'yes' }, 'VALIDATION_ERROR isTyping'],
    ['mark_read', { messageId: UNKNOWN }, 'NOT_FOUND messageId'],
    ['mark_read', { messageId: FOREIGN_MESSAGE }, 'NOT_FOUND'],
    ['mark_read', { messageId: FOREIGN_MESSAGE, conversationId: FOREIGN_ROOM }, 'NOT_FOUND'],
    ['fetch_history', {}, 'VALIDATION_ERROR conversationId'],
    ['fetch_history', { conversationId: UNKNOWN }, 'NOT_FOUND'],
    ['fetch_history', { conversationId: FOREIGN_ROOM }, 'NOT_FOUND'],
    ['fetch_history', { conversationId: '{lobby}' }, 'NOT_FOUND'],
    ['fetch_history', { conversationId: FOREIGN_ROOM, limit: 201 }, 'VALIDATION_ERROR limit'],
    ['fetch_history', { conversationId: FOREIGN_ROOM, limit: 0 }, 'VALIDATION_ERROR limit'],
    ['subscribe', { conversationId: UNKNOWN }, 'NOT_FOUND'],
    ['subscribe', { conversationId: FOREIGN_ROOM }, 'NOT_FOUND'],
    ['unsubscribe', { conversationId: UNKNOWN }, 'NOT_FOUND'],
  ],
  async assertNothingStored({ mallory }) {
    const { conversations } = await mallory.must<Conversations>('GET', '/api/conversations');
    for (const { lastMessage } of conversations) assert.equal(lastMessage, null);
  },
};

testBadInput(DIRECT);
