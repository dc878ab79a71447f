import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GatewayHarness } from '../support/gateway-harness.ts';

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
