/** Clients that read receive more at once than `HARD_BUFFER_BYTES`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { until } from '../support/wait.ts';

const CONTENT = 'x'.repeat(1000);
const MESSAGES = 100;

describe('large answers', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({
      HARD_BUFFER_BYTES: '65536',
      SOFT_BUFFER_BYTES: '32768',
      MESSAGE_RATE_MAX: '0',
    });
  });
  after(() => server.close());

  test('are sent at /ws: a page of history, and the answer to the next request', async () => {
    const alice = await server.connect('alice');
    const { roomId } = await alice.joinRoom({ roomName: 'lobby' });
    for (let count = 0; count < MESSAGES; count += 1) {
      await alice.sendMessage({ roomId, content: CONTENT });
    }

    for (let round = 0; round < 5; round += 1) {
      const page = await alice.ask('get_history', { roomId, limit: MESSAGES }, 'history');
      assert.equal(page.messages.length, MESSAGES);
      await alice.ask('ping', {}, 'pong');
    }
    alice.close();
  });

  test('are sent at /ws: a burst, to its sender and to other readers', async () => {
    const [alice, bob] = [await server.connect('alice'), await server.connect('bob')];
    const [{ roomId }] = [
      await alice.joinRoom({ roomName: 'hall' }),
      await bob.joinRoom({ roomName: 'hall' }),
    ];

    for (let count = 0; count < 3 * MESSAGES; count += 1) {
      alice.send('chat_message', { roomId, content: CONTENT });
    }

    await until(() => alice.ofType('message_ack').length === 3 * MESSAGES, 'the acknowledgements');
    await until(() => bob.ofType('chat_message').length === 3 * MESSAGES, 'the messages');
    for (const socket of [alice, bob]) socket.close();
  });

  test('are sent at /messagepal: a page of history, and the answer to the next request', async () => {
    const alice = await FlatClient.connect(server, 'alice', '/messagepal');
    const bob = await FlatClient.connect(server, 'bob', '/messagepal');
    for (let count = 1; count <= MESSAGES; count += 1) {
      alice.send('send_message', { recipientId: bob.userId, content: CONTENT });
      await alice.next('message_received', count);
    }
    const { message } = await alice.next('message_received');
    const { conversationId } = message as { readonly conversationId: string };

    for (let round = 1; round <= 5; round += 1) {
      alice.send('fetch_history', { conversationId, limit: MESSAGES });
      await alice.next('history_response', round);
      await alice.settled();
    }
    for (const client of [alice, bob]) client.close();
  });
});
