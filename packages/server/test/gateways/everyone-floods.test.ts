/** Messages that mention everyone are limited by user, over sockets and HTTP together. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';

const LIMIT = 5;

async function withRoom(
  settings: Record<string, string>,
  run: (alice: Account, server: TestServer) => Promise<void>,
): Promise<void> {
  const server = await TestServer.start(settings);
  try {
    await run(await server.signUp('alice'), server);
  } finally {
    await server.close();
  }
}

describe('floods of @everyone', () => {
  test('are slowed, with the reason, whichever way they come', async () => {
    await withRoom({}, async (alice) => {
      const socket = await alice.connect();
      const { roomId } = await socket.joinRoom({ roomName: 'lobby' });
      const say = (content: string) => socket.sendMessage({ roomId, content });
      for (let count = 1; count < LIMIT; count += 1) await say(`@everyone look: ${count}`);
      const post = (content: string) => alice.call('POST', '/api/messages', { roomId, content });
      assert.equal((await post('**@Everyone** look')).status, 201);

      const content = 'look again, @everyone!';
      const error = await socket.ask('chat_message', { roomId, content }, 'error');
      assert.equal(error.code, 'RATE_LIMITED');
      assert.match(error.message, /You mention everyone too often/);
      assert.ok((error.retryAfter ?? 0) >= 1);
      const refused = await post(content);
      assert.equal(refused.status, 429);
      assert.ok(Number(refused.headers.get('retry-after')) >= 1);

      // Only mentions count: not code, nor the word.
      await say('`@everyone` is a word');
      await say('everyone writes on');
      assert.equal((await post('so do I')).status, 201);
      socket.close();
    });
  });

  test('do not concern other users', async () => {
    await withRoom({}, async (alice, server) => {
      const socket = await alice.connect();
      const { roomId } = await socket.joinRoom({ roomName: 'lobby' });
      for (let count = 0; count < LIMIT; count += 1) {
        await socket.sendMessage({ roomId, content: `@everyone ${count}` });
      }
      const bob = await (await server.signUp('bob')).connect();
      await bob.joinRoom({ roomId });
      await bob.sendMessage({ roomId, content: '@everyone, me too' });
      for (const each of [socket, bob]) each.close();
    });
  });

  test('are not limited if messages are not', async () => {
    await withRoom({ MESSAGE_RATE_MAX: '0' }, async (alice) => {
      const socket = await alice.connect();
      const { roomId } = await socket.joinRoom({ roomName: 'lobby' });
      for (let count = 0; count < 3 * LIMIT; count += 1) {
        await socket.sendMessage({ roomId, content: `@everyone ${count}` });
      }
      socket.close();
    });
  });
});
