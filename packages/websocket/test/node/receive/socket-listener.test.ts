/** The listeners of a connection at its socket: what they take, and others beside them. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { WebSocketServer } from '../../../src/index.ts';
import { text } from '../../support/bytes.ts';
import { WITH_INTERNALS } from '../../support/node-internals.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { until } from '../../support/wait.ts';

/** A server on a port of the test, with the sockets of its connections. */
async function openServer(t: TestContext, prepare: (socket: Duplex) => void = () => {}) {
  const server = new WebSocketServer();
  const sockets: Duplex[] = [];
  const httpServer = createServer().on('upgrade', (request, socket, head) => {
    sockets.push(socket);
    prepare(socket);
    void server.handleUpgrade(request, socket, head);
  });
  await once(httpServer.listen(0, '127.0.0.1'), 'listening');
  // A bound TCP server has an address of this kind.
  const { port } = httpServer.address() as AddressInfo;
  const join = async (): Promise<RawPeer> => {
    const peer = new RawPeer(port);
    t.after(() => peer.destroy());
    await peer.upgrade();
    return peer;
  };
  t.after(() => httpServer.close());
  return { server, sockets, join };
}

test('other code may listen to the same socket, and keep the bytes', async (t) => {
  const { server, sockets, join } = await openServer(t);
  const messages: string[] = [];
  server.on('connection', (connection) => {
    connection.on('message', (data) => messages.push(data.toString()));
  });
  const peer = await join();
  // Unmasked in place, which a key of zeros does not show.
  const sent = ['first', 'other', 'third'].map((word) => text(word, { key: 0 }));
  const kept: Buffer[] = [];
  const keep = (bytes: Buffer) => kept.push(bytes);

  sockets[0]?.on('data', keep);
  for (const [index, frame] of sent.entries()) {
    if (index === 2) sockets[0]?.off('data', keep);
    peer.send(frame);
    await until(() => messages.length > index);
  }

  assert.deepEqual(messages, ['first', 'other', 'third']);
  assert.deepEqual(Buffer.concat(kept), Buffer.concat(sent.slice(0, 2)));
});

test('listeners that a socket has before its upgrade stay, and can be removed', async (t) => {
  const heard: string[] = [];
  const hearTimeout = () => heard.push('timeout');
  const { sockets, join } = await openServer(t, (socket) => {
    socket.on('timeout', hearTimeout).once('close', () => heard.push('close'));
  });
  const peer = await join();

  sockets[0]?.emit('timeout');
  sockets[0]?.off('timeout', hearTimeout).emit('timeout');
  peer.destroy();
  await until(() => heard.length > 1);

  assert.deepEqual(heard, ['timeout', 'close']);
});

test(
  'the end of a socket has one listener: several take an array of 100 bytes',
  WITH_INTERNALS,
  async (t) => {
    const { server, sockets, join } = await openServer(t);
    const [alice] = [await join(), await join()];

    assert.deepEqual(
      sockets.map((socket) => socket.listenerCount('end')),
      [1, 1],
    );
    // It still ends the connection.
    alice.destroy();
    await until(() => server.connections.size === 1);
  },
);
