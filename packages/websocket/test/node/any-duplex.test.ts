/** An upgrade over a stream that is not a TCP socket, such as a tunnel of the application. */
import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { WebSocketServer } from '../../src/index.ts';
import { bareUpgradeRequest } from '../support/bare-request.ts';
import { close, text } from '../support/bytes.ts';
import { echo } from '../support/test-server.ts';
import { next, until } from '../support/wait.ts';

test('frames pass through any duplex stream, and it ends as a socket would', async () => {
  const server = new WebSocketServer();
  const [near, far] = duplexPair();
  let received = Buffer.alloc(0);
  far.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });

  const connection = await server.handleUpgrade(bareUpgradeRequest(), near, Buffer.alloc(0));
  assert(connection !== undefined);
  echo(connection);
  const outcome = next(connection, 'close');
  far.write(text('a'.repeat(200_000)));
  await until(() => received.length > 200_000, 'the echo');
  far.end(close(1000));

  assert.deepEqual(await outcome, [{ code: 1000, reason: '', wasClean: true }]);
  assert.match(received.toString('latin1'), /^HTTP\/1\.1 101 /);
  assert.equal(received.subarray(-4).toString('hex'), '880203e8');
  assert.equal(connection.remoteAddress, undefined);
  await server.shutdown();
});

test('a stream that reports an error and does not end by itself is ended', async () => {
  const server = new WebSocketServer();
  const [near] = duplexPair({ autoDestroy: false });
  const connection = await server.handleUpgrade(bareUpgradeRequest(), near, Buffer.alloc(0));
  assert(connection !== undefined);
  const outcome = next(connection, 'close');

  near.emit('error', new Error('a broken pipe'));

  assert.deepEqual(await outcome, [{ code: 1006, reason: '', wasClean: false }]);
  await server.shutdown();
});
