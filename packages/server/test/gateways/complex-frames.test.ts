/** Frames with more values than any command has: refused before they are parsed, at every door. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';

const attachments = Array(100_000).fill({});
const MESSAGE = 'The JSON text has more than 2000 values';

describe('a frame with 100,000 attachments', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  test('is refused at /ws, which stays open', async () => {
    const alice = await server.connect('alice');
    alice.send('chat_message', { content: 'x', attachments });
    const error = await alice.next('error');

    assert.deepEqual([error.code, error.message], ['VALIDATION_ERROR', MESSAGE]);
    await alice.ask('join_room', { roomName: 'lobby' }, 'room_joined');
    alice.close();
  });

  for (const path of ['/ws/chat', '/messagepal']) {
    test(`is refused at ${path}, which stays open`, async () => {
      const alice = await FlatClient.connect(server, 'alice', path);
      alice.send('send_message', { channelId: 'c', recipientId: 'r', content: 'x', attachments });

      const error = await alice.next('error');
      assert.deepEqual([error['code'], error['message']], ['VALIDATION_ERROR', MESSAGE]);
      await alice.settled();
      alice.close();
    });
  }

  for (const transports of [['websocket'], ['polling']] as const) {
    test(`is refused over Socket.IO by ${transports[0]}, which stays open`, async () => {
      const alice = await SocketIoClient.connect(server, 'alice', { transports });
      const answer = await alice.ask('message:send', { roomId: 'r', content: 'x', attachments });

      assert.equal(answer.error?.code, 'VALIDATION_ERROR');
      await alice.must('room:join', { roomId: 'lobby' });
      alice.close();
    });
  }

  test('is refused over HTTP', async () => {
    const { cookie } = await server.enter('alice');
    const body = { roomId: 'lobby', content: 'x', attachments: attachments.slice(0, 50_000) };

    const answer = await server.post('/api/messages', body, { cookie });

    assert.equal(answer.status, 400);
    const { error } = (await answer.json()) as { error: object };
    assert.deepEqual(error, { code: 'VALIDATION_ERROR', message: MESSAGE });
  });
});
