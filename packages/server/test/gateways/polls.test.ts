/** Polls: created beside a message, shown as lines where the dialect has no polls, voted by reactions. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import type { TestSocket } from '../support/test-socket.ts';

describe('polls', () => {
  let server: TestServer;
  let alice: TestSocket;
  let bob: TestSocket;
  let account: Account;
  let roomId: string;
  before(async () => {
    server = await TestServer.start();
    alice = await server.connect('alice');
    bob = await server.connect('bob');
    account = await server.login('alice');
    ({ roomId } = await alice.joinRoom({ roomName: 'lobby' }));
    await bob.joinRoom({ roomId });
  });
  after(() => {
    alice.close();
    bob.close();
    return server.close();
  });

  const POLL = { type: 'poll', option1: 'Tea', option2: 'Coffee' };
  const TEXT = 'Drinks?\n1️⃣ Tea\n2️⃣ Coffee';

  test('are messages with the options as lines, in every dialect', async () => {
    const socketIo = await SocketIoClient.connect(server, 'alice');
    await socketIo.ask('room:join', { roomId });
    const shown = bob.next('chat_message');
    await alice.sendMessage({ roomId, content: 'Drinks?', attachments: [POLL] });
    const { content, attachments } = await shown;
    assert.deepEqual([content, attachments], [TEXT, [POLL]]);

    const over = { ...POLL, endsAt: '2999-01-31T12:00:00Z', multiple: false };
    const body = { roomId, content: TEXT, attachments: [over] };
    const { message } = await account.must<{ message: { content: string } }>(
      ...(['POST', '/api/messages', body] as const),
    );
    assert.equal(message.content, TEXT);
    const { messages } = (await socketIo.ask('message:history', { roomId })) as unknown as {
      messages: { content: string }[];
    };
    assert.deepEqual(
      messages.map((each) => each.content),
      [TEXT, TEXT],
    );
    socketIo.close();
  });

  test('with other descriptions are rejected', async () => {
    for (const attachments of [
      [{ type: 'poll', option1: 'Tea' }],
      [{ ...POLL, option2: 'Tea' }],
      [{ ...POLL, option4: 'Water' }],
      [{ ...POLL, color: 'red' }],
      [{ ...POLL, multiple: 'yes' }],
      [{ ...POLL, endsAt: 'tomorrow' }],
      [{ ...POLL, option2: ' Coffee' }],
      [{ ...POLL, option2: 'Cof\nfee' }],
      [{ ...POLL, option2: 'x'.repeat(101) }],
      [POLL, POLL],
    ]) {
      const send = { roomId, content: 'Drinks?', attachments };
      const { code, field } = await alice.ask('chat_message', send, 'error');
      assert.deepEqual([code, field], ['VALIDATION_ERROR', 'attachments'], JSON.stringify(send));
    }
    const blank = { roomId, content: ' ', attachments: [POLL] };
    assert.equal((await alice.ask('chat_message', blank, 'error')).field, 'content');
  });

  test('count each user once, live and for those who come back', async () => {
    const { id, sequence } = await alice.sendMessage({
      ...{ roomId, content: 'Drinks?', attachments: [POLL] },
    });
    const target = { roomId, messageId: id };
    const vote = (who: TestSocket, emoji: string) =>
      who.ask('add_reaction', { ...target, emoji }, 'message_ack');
    await vote(alice, '1️⃣');
    const first = alice.next('reaction_added');
    await vote(bob, '1️⃣');
    await first;
    const changed = alice.next('reaction_added');
    await vote(bob, '2️⃣');
    const { type: _, ...event } = (await changed) as object as Record<string, unknown>;
    const { userId } = await server.login('bob');
    assert.deepEqual(event, {
      ...{ ...target, sequence: sequence + 3, userId, emoji: '2️⃣', count: 1 },
      others: [{ emoji: '1️⃣', count: 1 }],
    });

    const rooms = [{ roomId, lastSequence: sequence }];
    const late = await server.connect('bob');
    const { rooms: resumed } = await late.ask('resume', { rooms }, 'resumed');
    const [room] = resumed;
    assert(room !== undefined && 'events' in room);
    assert.deepEqual(room.events.at(-1)?.payload, event);
    late.close();

    await alice.ask('add_reaction', { ...target, emoji: '🔒' }, 'message_ack');
    const refused = await bob.ask('add_reaction', { ...target, emoji: '1️⃣' }, 'error');
    assert.deepEqual([refused.code, refused.message], ['CONFLICT', 'This poll is closed']);
    const opened = await bob.ask('add_reaction', { ...target, emoji: '🔒' }, 'error');
    assert.equal(opened.code, 'FORBIDDEN');
    const edit = { ...target, content: 'Food?' };
    assert.equal((await alice.ask('edit_message', edit, 'error')).code, 'FORBIDDEN');
  });
});
