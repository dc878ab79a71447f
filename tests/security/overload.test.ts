/** When the chat server refuses users because it is overloaded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineLimits } from '../../packages/server/src/config/engine-limits.ts';
import { loadConfig } from '../../packages/server/src/config/load-config.ts';
import { connect, WebSocketServer } from '../../packages/websocket/src/index.ts';
import { FakeClock } from '../../packages/websocket/test/support/fake-clock.ts';

test('users are refused only if the event loop is so late that the chat is unusable', async (t) => {
  const { values } = loadConfig({ flags: {}, environment: {}, envFile: {} });
  const clock = new FakeClock();
  const server = new WebSocketServer({ ...engineLimits(values), clock });
  t.after(() => server.shutdown(0));
  const { port } = await server.listen(0, '127.0.0.1');
  const client = await connect(`ws://127.0.0.1:${port}`);
  t.after(() => client.destroy());
  const levelAfterLag = (byMs: number) => {
    for (let each = 0; each < 12; each += 1) clock.stall(1_000 + byMs);
    return server.getStats().pressure.level;
  };

  assert.equal(levelAfterLag(90), 'NORMAL');
  assert.equal(levelAfterLag(400), 'ELEVATED');
  assert.equal(levelAfterLag(500), 'CRITICAL');
});
