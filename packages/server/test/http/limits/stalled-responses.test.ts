import assert from 'node:assert/strict';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fastify, { type FastifyInstance } from 'fastify';
import { endStalledResponses } from '../../../src/http/limits/stalled-responses.ts';
import { until } from '../../support/wait.ts';

/** More than the system buffers for a client that does not read. */
const LONG = Buffer.alloc(32 * 1024 * 1024);
const TIMEOUT_MS = 200;
/** The process of the test reads, too: it may stand still for a while. */
const PATIENT_MS = 30_000;

describe('a response that its client does not read', () => {
  let app: FastifyInstance;
  let client: Socket;
  let sockets: Socket[];
  let exempt: PromiseWithResolvers<object>;
  beforeEach(() => {
    sockets = [];
    app = fastify();
  });
  const start = async (timeoutMs = TIMEOUT_MS): Promise<void> => {
    endStalledResponses(app, { timeoutMs, exempt: new Set(['/exempt']) });
    app.get('/long', (_request, reply) => reply.send(LONG));
    app.get('/short', () => ({}));
    exempt = Promise.withResolvers();
    app.get('/exempt', () => exempt.promise);
    app.server.on('connection', (socket: Socket) => sockets.push(socket));
    await app.listen({ port: 0, host: '127.0.0.1' });
    client = open();
  };
  afterEach(async () => {
    client.destroy();
    exempt.resolve({});
    app.server.closeAllConnections();
    await app.close();
  });
  const open = (): Socket => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    return socket.on('error', () => {}); // The server resets it.
  };
  const ask = (path: string, socket = client) =>
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);

  test('is aborted with its socket', async () => {
    await start();
    client.pause();
    ask('/long');

    await until(() => sockets[0]?.closed === true, 'the socket to close');
  });

  test('does not close the connection of a response that is read', async () => {
    await start(PATIENT_MS);
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

  test('is another one than that which the server takes long to make', async () => {
    await start();
    let answer = '';
    client.setEncoding('latin1').on('data', (text) => {
      answer += text;
    });
    ask('/exempt');
    await until(() => sockets.length === 1, 'the connection');
    // Its time begins later.
    const stalled = open().pause();
    ask('/long', stalled);
    await until(() => sockets[1]?.closed === true, 'the time to be over');
    stalled.destroy();
    exempt.resolve({});

    await until(() => answer !== '' || sockets[0]?.closed === true, 'the answer');
    assert.match(answer, /^HTTP\/1\.1 200/);
  });
});
