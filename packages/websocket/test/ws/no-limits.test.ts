/** The surface disables the protections of the engine, since `ws` has none of them. */
import assert from 'node:assert/strict';
import { until } from '../support/wait.ts';
import { open, serve, testBoth } from './both.ts';

/** More than the defaults of the engine for one address, and for a burst of one connection. */
const CONNECTIONS = 120;
const MESSAGES = 500;

testBoth('one address may have many connections, and each may be fast', async (each, t) => {
  const { server, url } = await serve(t, each);
  let received = 0;
  server.on('connection', (socket) => socket.on('message', () => (received += 1)));
  const clients = [];
  for (let count = 0; count < CONNECTIONS; count += 1) clients.push(await open(t, each, url));

  for (let count = 0; count < MESSAGES; count += 1) clients[0]?.send('x');
  clients[1]?.send(Buffer.alloc(8 * 1_048_576));

  await until(() => received === MESSAGES + 1, 'all messages');
  assert.equal(server.clients.size, CONNECTIONS);
});
