import assert from 'node:assert/strict';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fastify, { type FastifyInstance } from 'fastify';
import { endStalledResponses } from '../../../src/http/limits/stalled-responses.ts';
import { until } from '../../support/wait.ts';

/** More than the system buffers for a client that does not read. */
const LONG = Buffer.alloc(32 * 1024 * 1024);
const TIMEOUT_MS = 200;

describe('a response that its client does not read', () => {
  let app: FastifyInstance;
  let client: Socket;
  let sockets: Socket[];
  beforeEach(async () => {
    sockets = [];
    app = fastify();
    endStalledResponses(app, TIMEOUT_MS);
    app.get('/long', (_request, reply) => reply.send(LONG));
    app.get('/short', () => ({}));
    app.server.on('connection', (socket: Socket) => sockets.push(socket));
    await app.listen({ port: 0, host: '127.0.0.1' });
    client = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => {}); // The server resets it.
  });
  afterEach(async () => {
    client.destroy();
    app.server.closeAllConnections();
    await app.close();
  });
  const ask = (path: string) => client.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);

  test('is aborted with its socket', async () => {
    client.pause();
    ask('/long');

    await until(() => sockets[0]?.closed === true, 'the socket to close');
  });

  test('does not close the connection of a response that is read', async () => {
    let byteCount = 0;
    client.on('data', (bytes) => {
      byteCount += bytes.length;
    });
    ask('/long');
    await until(() => byteCount > LONG.length, 'the answer');
    const afterFirst = byteCount;

    ask('/short');

    await until(() => byteCount > afterFirst, 'the next answer');
    assert.equal(sockets.length, 1);
  });
});
