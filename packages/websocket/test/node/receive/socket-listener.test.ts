/** The listeners of a connection at its socket: memory that each idle connection takes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { WebSocketServer } from '../../../src/index.ts';
import { WITH_INTERNALS } from '../../support/node-internals.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { until } from '../../support/wait.ts';

test(
  'the end of a socket has one listener: several take an array of 100 bytes',
  WITH_INTERNALS,
  async (t) => {
    const server = new WebSocketServer();
    const sockets: Duplex[] = [];
    const httpServer = createServer().on('upgrade', (request, socket, head) => {
      sockets.push(socket);
      void server.handleUpgrade(request, socket, head);
    });
    await once(httpServer.listen(0, '127.0.0.1'), 'listening');
    // A bound TCP server has an address of this kind.
    const { port } = httpServer.address() as AddressInfo;
    const [alice, bob] = [new RawPeer(port), new RawPeer(port)];
    t.after(() => {
      bob.destroy();
      httpServer.close();
    });
    await alice.upgrade();
    await bob.upgrade();

    assert.deepEqual(
      sockets.map((socket) => socket.listenerCount('end')),
      [1, 1],
    );
    // It still ends the connection.
    alice.destroy();
    await until(() => server.connections.size === 1);
  },
);
