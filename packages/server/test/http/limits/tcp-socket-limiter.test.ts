import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../../../tests/support/certificate.ts';
import {
  type SocketLimits,
  TcpSocketLimiter,
} from '../../../src/http/limits/tcp-socket-limiter.ts';
import { createTlsServer } from '../../../src/http/tls.ts';
import type { LogRecord } from '../../../src/ports/logger.ts';
import { inTime, until } from '../../support/wait.ts';

const NONE: SocketLimits = { socketsMax: 100, perAddressMax: 0, unlimitedAddresses: [] };
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const TLS = { cert: TEST_CERTIFICATE, key: TEST_KEY };

describe('TcpSocketLimiter', () => {
  let server: Server;
  let sockets: Socket[];
  let entries: LogRecord[];
  /** Requests without a response yet. */
  let waiting: ServerResponse[];
  beforeEach(() => {
    sockets = [];
    entries = [];
    waiting = [];
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const listen = async (limits: Partial<SocketLimits>, { isTls = false } = {}) => {
    const handle = (_request: unknown, response: ServerResponse) => {
      waiting.push(response);
    };
    server = isTls ? createTlsServer(TLS, handle) : createServer(handle);
    const logger = { record: (entry: LogRecord) => entries.push(entry) };
    new TcpSocketLimiter({ ...NONE, ...limits }, { logger }).watch(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  };
  const port = () => (server.address() as AddressInfo).port;
  const keep = async (socket: Socket, event: string) => {
    socket.on('error', () => {}); // The server may reset it at any time.
    sockets.push(socket.resume());
    await inTime(Promise.race([once(socket, event), once(socket, 'close')]), 'a socket');
    return socket;
  };
  const openSocket = (localAddress = '127.0.0.1') =>
    keep(connect({ host: '127.0.0.1', port: port(), localAddress }), 'connect');
  const ask = async (socket: Socket) => {
    const before = waiting.length;
    socket.write(REQUEST);
    await until(() => waiting.length > before, 'the request');
    return waiting.at(-1);
  };
  const untilClosed = (socket: Socket) => until(() => socket.closed, 'its end');

  test('closes the oldest silent socket to make room', async () => {
    await listen({ socketsMax: 3 });
    const [first, second, third] = [await openSocket(), await openSocket(), await openSocket()];

    const fourth = await openSocket();

    await untilClosed(first);
    await ask(fourth);
    assert.deepEqual([second.closed, third.closed, fourth.closed], [false, false, false]);
  });

  test('closes silent sockets first, then sockets between two requests, and never active ones', async () => {
    await listen({ socketsMax: 2 });
    const idle = await openSocket();
    (await ask(idle))?.end();
    const silent = await openSocket();

    const busy = await openSocket();
    await untilClosed(silent);
    await ask(busy);
    assert.equal(idle.closed, false);

    await openSocket();
    await untilClosed(idle);
    assert.equal(busy.closed, false);
  });

  test('closes the new socket if all others are in use', async () => {
    await listen({ socketsMax: 1 });
    const busy = await openSocket();
    const response = await ask(busy);

    await untilClosed(await openSocket());

    response?.end();
    assert.equal(busy.closed, false);
  });

  test('closes a socket of the same address above the limit per address', async () => {
    await listen({ perAddressMax: 2, unlimitedAddresses: ['127.0.0.3'] });
    const other = await openSocket('127.0.0.2');
    const exempt = await Promise.all([1, 2, 3].map(() => openSocket('127.0.0.3')));
    const [first, second] = [await openSocket(), await openSocket()];

    const third = await openSocket();

    await untilClosed(first);
    await ask(third);
    for (const socket of [other, second, ...exempt]) assert.equal(socket.closed, false);
  });

  test('stops counting a socket when it has ended', async () => {
    await listen({ socketsMax: 1, perAddressMax: 1 });
    for (let count = 0; count < 5; count += 1) {
      const socket = await openSocket();
      (await ask(socket))?.end();
      socket.end();
      await untilClosed(socket);
    }

    await ask(await openSocket());

    assert.deepEqual(entries, []);
  });

  test('limits TLS sockets too', async () => {
    await listen({ socketsMax: 2 }, { isTls: true });
    const options = { host: '127.0.0.1', port: port(), ca: TEST_CERTIFICATE };
    const busy = await keep(connectTls(options), 'secureConnect');
    await ask(busy);
    const silent = await openSocket();

    const next = await keep(connectTls(options), 'secureConnect');

    await untilClosed(silent);
    await ask(next);
    assert.equal(busy.closed, false);
  });

  test('logs the address', async () => {
    await listen({ socketsMax: 1 });

    for (let count = 0; count < 2; count += 1) await openSocket();
    await until(() => entries.length > 0, 'the log entry');

    const line = { event: 'sockets.full', address: '127.0.0.1', socketsMax: 1 };
    assert.deepEqual(entries, [line]);
  });
});
