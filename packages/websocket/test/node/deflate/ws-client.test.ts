/** permessage-deflate with the `ws` package as the peer, in every combination of parameters. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { PerMessageDeflateOptions, WebSocket } from 'ws';
import { echo, startServer } from '../../support/test-server.ts';
import { until } from '../../support/wait.ts';
import { connectWs } from '../../support/ws-package.ts';

function connectTo(
  t: TestContext,
  port: number,
  perMessageDeflate: PerMessageDeflateOptions,
): Promise<WebSocket> {
  return connectWs(t, port, { perMessageDeflate: { threshold: 0, ...perMessageDeflate } });
}

/** The echo of each message, in order. */
async function echoes(client: WebSocket, messages: readonly (string | Buffer)[]) {
  const received: (string | Buffer)[] = [];
  client.on('message', (data, isBinary) => {
    // `nodebuffer` is the default type of a client's data.
    received.push(isBinary ? (data as Buffer) : data.toString());
  });
  for (const message of messages) client.send(message);
  await until(() => received.length === messages.length, 'all echoes');
  return received;
}

/** Small and large, alike and not, empty, text and binary. */
const MESSAGES: readonly (string | Buffer)[] = [
  '',
  'a',
  JSON.stringify({ room: 'lobby', text: 'hello hello hello' }),
  JSON.stringify({ room: 'lobby', text: 'hello hello again' }),
  Buffer.alloc(0),
  Buffer.alloc(70_000, 'abc'),
  'ü'.repeat(40_000),
  Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * index * 31) >>> 3)),
  JSON.stringify({ room: 'ops', text: 'hello hello again' }),
  'x'.repeat(300_000),
  'last',
];

const SWITCHES = [false, true];
const BITS = [undefined, 9, 12, 15];

for (const serverNoContextTakeover of SWITCHES) {
  for (const clientNoContextTakeover of SWITCHES) {
    for (const serverMaxWindowBits of BITS) {
      for (const clientMaxWindowBits of BITS) {
        const options = { serverNoContextTakeover, clientNoContextTakeover };
        const bits = {
          ...(serverMaxWindowBits !== undefined && { serverMaxWindowBits }),
          ...(clientMaxWindowBits !== undefined && { clientMaxWindowBits }),
        };
        const name = JSON.stringify({ ...options, ...bits });

        test(`the server keeps to what a client asks for: ${name}`, async (t) => {
          const { server, port } = await startServer(t, { perMessageDeflate: { threshold: 0 } });
          server.on('connection', echo);

          const client = await connectTo(t, port, { ...options, ...bits });

          assert.match(client.extensions, /^permessage-deflate/);
          assert.deepEqual(await echoes(client, MESSAGES), MESSAGES);
          assert((server.getStats().deflate?.deflated ?? 0) > 3);
        });

        test(`the client keeps to what the server asks for: ${name}`, async (t) => {
          const { server, port } = await startServer(t, {
            perMessageDeflate: { threshold: 0, ...options, ...bits },
          });
          server.on('connection', echo);

          const client = await connectTo(t, port, {});

          assert.match(client.extensions, /^permessage-deflate/);
          assert.deepEqual(await echoes(client, MESSAGES), MESSAGES);
        });
      }
    }
  }
}
