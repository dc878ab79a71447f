/** A server and a client of the `ws` package. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type ClientOptions, type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { inTime } from './wait.ts';

/** The address of an echo server. */
export async function startWsEcho(t: TestContext, options: ServerOptions = {}): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  await once(server, 'listening');
  // A TCP server that listens has an address of this kind.
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A client that is open. */
export async function connectWs(
  t: TestContext,
  port: number,
  options: ClientOptions & { readonly protocols?: string[] } = {},
): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, options.protocols ?? [], options);
  t.after(() => client.terminate());
  await inTime(
    new Promise((resolve, reject) => {
      client.once('open', resolve);
      client.once('error', reject);
    }),
    'the client to open',
  );
  return client;
}
