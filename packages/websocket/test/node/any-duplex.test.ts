/** An upgrade over a stream that is not a TCP socket, such as a tunnel of the application. */
import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { WebSocketServer } from '../../src/index.ts';
import { READ_BUFFER_USES } from '../../src/node/receive/shared-read-buffer.ts';
import { bareUpgradeRequest } from '../support/bare-request.ts';
import { binary, close, ping, text } from '../support/bytes.ts';
import { echo } from '../support/test-server.ts';
import { next, outcomeOf, turns, until } from '../support/wait.ts';

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
  const outcome = outcomeOf(connection);
  far.write(text('a'.repeat(200_000)));
  await until(() => received.length > 200_000, 'the echo');
  far.end(close(1000));

  assert.deepEqual(await outcome, { code: 1000, reason: '', wasClean: true });
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
  const outcome = outcomeOf(connection);

  near.emit('error', new Error('a broken pipe'));

  assert.deepEqual(await outcome, { code: 1006, reason: '', wasClean: false });
  await server.shutdown();
});

test('a stream whose write throws is ended, and others are written', async () => {
  const server = new WebSocketServer();
  const open = async () => {
    const [near, far] = duplexPair();
    const connection = await server.handleUpgrade(bareUpgradeRequest(), near, Buffer.alloc(0));
    assert(connection !== undefined);
    return { near, far, connection };
  };
  const [broken, whole] = [await open(), await open()];
  const cause = new Error('a broken tunnel');
  broken.near._write = () => {
    throw cause;
  };
  const outcome = outcomeOf(broken.connection);
  const failure = next(broken.connection, 'error');
  let received = '';
  whole.far.on('data', (chunk) => {
    received += chunk;
  });

  for (const { connection } of [broken, whole]) connection.sendText('hello');

  assert.deepEqual(await outcome, { code: 1006, reason: '', wasClean: false });
  assert.equal(((await failure)[0] as Error).cause, cause);
  await until(() => received.endsWith('hello'), 'the output of the other connection');
  await server.shutdown();
});

for (const readBuffer of READ_BUFFER_USES) {
  test(`bytes that change after they were sent arrive as they were, with readBuffer ${readBuffer}`, async () => {
    const server = new WebSocketServer({ readBuffer });
    const [near, far] = duplexPair();
    const connection = await server.handleUpgrade(bareUpgradeRequest(), near, Buffer.alloc(0));
    assert(connection !== undefined);
    connection.on('message', (data) => connection.sendBinary(data, () => data.fill(0)));

    const letters = ['a', 'b', 'c'];
    for (const letter of letters) {
      const frame = binary(Buffer.alloc(20_000, letter));
      far.write(frame.subarray(0, 10_000));
      far.write(frame.subarray(10_000));
      await turns();
    }
    let received = Buffer.alloc(0);
    far.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
    });

    const expected = letters.map((letter) => Buffer.alloc(20_000, letter));
    await until(() => received.length > 60_000, 'the echoes');
    for (const payload of expected) assert(received.includes(payload));
    connection.destroy();
    await server.shutdown();
  });
}

test('many pings of a peer that does not read get few answers, among them one to the latest', async () => {
  const server = new WebSocketServer();
  const [near, far] = duplexPair();
  const connection = await server.handleUpgrade(bareUpgradeRequest(), near, Buffer.alloc(0));
  assert(connection !== undefined);
  let pings = 0;
  connection.on('ping', () => (pings += 1));

  const many = Buffer.concat(Array.from({ length: 1_000 }, () => ping('x')));
  for (let count = 1; count <= 60; count += 1) {
    far.write(many);
    await until(() => pings === count * 1_000);
  }
  far.write(ping('last'));
  await until(() => pings === 60_001);

  assert(connection.bufferedBytes < 20_000, `${connection.bufferedBytes} bytes wait`);
  let received = Buffer.alloc(0);
  far.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  await until(() => received.includes('last'));
  connection.destroy();
  await server.shutdown();
});
