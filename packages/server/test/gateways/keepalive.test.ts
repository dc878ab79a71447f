import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GatewayHarness } from '../support/gateway-harness.ts';
import { until } from '../support/wait.ts';

const KEEPALIVES: Readonly<Record<string, { readonly frame: object; readonly answer: string }>> = {
  '/ws': { frame: { type: 'ping', payload: {} }, answer: '"pong"' },
  '/ws/chat': { frame: { type: 'ping' }, answer: '"pong"' },
  '/messagepal': { frame: { type: 'ping' }, answer: '"pong"' },
};

describe('a keepalive', () => {
  let harness: GatewayHarness;
  before(async () => {
    harness = await GatewayHarness.start();
  });
  after(() => harness.close());

  for (const [path, { frame, answer }] of Object.entries(KEEPALIVES)) {
    test(`at ${path} is answered and does not extend the session`, async () => {
      const client = await harness.connect(path, 'alice');
      const touched: string[] = [];
      const { liveSessions } = harness.chat.chat;
      const touch = liveSessions.touch.bind(liveSessions);
      liveSessions.touch = (connection) => {
        touched.push(connection.user.username);
        return touch(connection);
      };

      client.send(JSON.stringify(frame));
      await client.next(answer);

      assert.deepEqual(touched, []);
      liveSessions.touch = touch;
      client.close();
    });
  }
});

describe('a peer that answers no ping', () => {
  let harness: GatewayHarness;
  before(async () => {
    // A close handshake would outlast the test.
    const limits = { closeTimeout: 60_000, shutdownTimeout: 90_000 };
    harness = await GatewayHarness.start({
      ...{ heartbeatInterval: 60, heartbeatTimeout: 20, ...limits },
    });
  });
  after(() => harness.close());

  for (const path of Object.keys(KEEPALIVES)) {
    test(`at ${path} is gone at once, and logged with its last sign of life`, async () => {
      const { entries } = harness;
      const first = entries.length;
      const client = await harness.connect(path, 'alice');
      client.pause();

      const ended = () => entries.slice(first).some(({ event }) => event === 'connection.closed');
      await until(ended, 'the end');

      const dead = harness.logged('connection.dead').at(-1);
      assert.ok(dead && new Date(dead.lastActivityAt).toISOString() === dead.lastActivityAt);
      assert.ok(dead.silentMs >= 0);
      assert.equal(harness.chat.chat.connections.count, 0);
      client.close();
    });
  }
});
