/** The recipe of `docs/how-it-is-built.md` for a balancer that sends the PROXY protocol. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { WebSocketServer } from '../../../src/index.ts';
import { text } from '../../support/bytes.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { echo } from '../../support/test-server.ts';

test('a net server that removes the line of the PROXY protocol passes the client address on', async (t) => {
  const server = new WebSocketServer({ maxConnectionsPerIp: 1 });
  server.on('connection', echo);
  const http = createHttpServer();
  http.on('upgrade', (request, socket, head) => void server.handleUpgrade(request, socket, head));
  const balanced = createServer((socket) => {
    socket.once('data', (chunk: Buffer) => acceptProxyLine(socket, chunk));
    socket.on('error', () => {});
  });
  function acceptProxyLine(socket: Socket, chunk: Buffer): void {
    const end = chunk.indexOf('\r\n');
    const [, , address] = chunk.toString('latin1', 0, end).split(' ');
    Object.defineProperty(socket, 'remoteAddress', { value: address });
    socket.pause();
    socket.unshift(chunk.subarray(end + 2));
    http.emit('connection', socket);
    socket.resume();
  }
  balanced.listen(0, '127.0.0.1');
  await once(balanced, 'listening');
  // A server that listens on a port has an address of this form.
  const { port } = balanced.address() as AddressInfo;
  const peers: RawPeer[] = [];
  t.after(async () => {
    for (const peer of peers) peer.destroy();
    await server.shutdown();
    balanced.close();
  });
  for (const address of ['192.0.2.7', '192.0.2.8']) {
    const peer = new RawPeer(port);
    peers.push(peer);
    peer.socket.write(`PROXY TCP4 ${address} 127.0.0.1 50000 443\r\n`);

    // A second address is not limited by the first.
    await peer.upgrade();
    peer.send(text('hello'));

    assert.equal(await peer.nextText(), 'hello');
  }
  const addresses = [...server.connections.values()].map(({ clientAddress }) => clientAddress);
  assert.deepEqual(addresses, ['192.0.2.7', '192.0.2.8']);
});
