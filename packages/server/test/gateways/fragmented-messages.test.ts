/** Messages in more frames than any client sends are rejected in every dialect. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RawClient } from '../support/gateway-harness.ts';
import { TestServer } from '../support/running-server.ts';

const FRAGMENTS_MAX = 1_024;
const DIALECTS = [
  { path: '/ws', greeting: 'connection_established', answer: 'error' },
  { path: '/ws/chat', greeting: 'connected', answer: 'error' },
  { path: '/messagepal', greeting: 'connected', answer: 'error' },
  { path: '/socket.io/?EIO=4&transport=websocket', greeting: '0{', answer: '43' },
];

describe('a message in fragments', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  for (const { path, greeting, answer } of DIALECTS) {
    test(`is accepted at ${path} up to the maximum number of fragments`, async () => {
      const { cookie } = await server.signUp('alice');
      const client = new RawClient(`ws://${server.host}${path}`, { headers: { cookie } });
      await client.next(greeting);
      if (path.startsWith('/socket.io/')) {
        client.send('40');
        await client.next('40{');
      }
      const text = path.startsWith('/socket.io/') ? '421["message:send",{}]' : '{"type":"unknown"}';
      const send = (fragments: number) => {
        for (let count = 1; count < fragments; count += 1) {
          client.send(text.charAt(count - 1), { fin: false });
        }
        client.send(text.slice(fragments - 1));
      };

      send(FRAGMENTS_MAX);
      await client.next(answer);
      send(FRAGMENTS_MAX + 1);

      assert.equal(await client.end(), 1008);
    });
  }
});
