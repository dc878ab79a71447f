/** Applications that throw. It closes one connection, and is reported. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { type Connection, FrameError, WebSocketError, WebSocketServer } from '../../src/index.ts';
import { binary, bytes, ping, text } from '../support/bytes.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { echo, startServer, type TestServer } from '../support/test-server.ts';
import { next, turns, until } from '../support/wait.ts';

const boom = new Error('boom');

function fail(): never {
  throw boom;
}

/** Opens bob, breaks his listener, and checks that alice is not affected. */
async function expectOneLoss(
  t: TestContext,
  breakIt: (on: TestServer) => Promise<RawPeer>,
): Promise<void> {
  const on = await startServer(t);
  const alice = await on.open();
  echo(alice.connection);

  const peer = await breakIt(on);

  assert.equal(await peer.nextCloseCode(), 1011);
  assert.equal(on.errors[0]?.error, boom);
  assert(on.errors[0]?.connectionId !== undefined);
  assert.notEqual(on.errors[0].connectionId, alice.connection.id);
  alice.peer.send(text('still here'));
  assert.equal(await alice.peer.nextText(), 'still here');
}

test('a message listener that throws closes its connection with 1011', (t) =>
  expectOneLoss(t, async ({ open }) => {
    const { peer, connection } = await open();
    connection.on('message', fail);
    peer.send(text('a'));
    return peer;
  }));

test('a message listener whose promise rejects closes its connection with 1011', (t) =>
  expectOneLoss(t, async ({ open }) => {
    const { peer, connection } = await open();
    connection.on('message', async () => fail());
    peer.send(text('a'));
    return peer;
  }));

test('a ping listener that throws closes its connection with 1011', (t) =>
  expectOneLoss(t, async ({ open }) => {
    const { peer, connection } = await open();
    connection.on('ping', fail);
    peer.send(ping());
    assert.equal((await peer.nextFrame()).opcode, 0xa);
    return peer;
  }));

test('a connection listener that throws closes the new connection with 1011', (t) =>
  expectOneLoss(t, async ({ server, connect }) => {
    server.on('connection', fail);
    const peer = connect();
    await peer.upgrade();
    return peer;
  }));

test('a connection listener whose promise rejects closes the new connection with 1011', (t) =>
  expectOneLoss(t, async ({ server, connect }) => {
    server.on('connection', async () => fail());
    const peer = connect();
    await peer.upgrade();
    return peer;
  }));

test('a callback of a sent message that throws closes its connection with 1011', (t) =>
  expectOneLoss(t, async ({ open }) => {
    const { peer, connection } = await open();
    connection.sendText('a', fail);
    assert.equal(await peer.nextText(), 'a');
    return peer;
  }));

test('a callback of a sent message whose promise rejects closes its connection with 1011', (t) =>
  expectOneLoss(t, async ({ open }) => {
    const { peer, connection } = await open();
    connection.sendText('a', async () => fail());
    assert.equal(await peer.nextText(), 'a');
    return peer;
  }));

test('a close listener that throws does not stop the other close listeners', async (t) => {
  const { server, errors, closes, open } = await startServer(t);
  const { connection } = await open();
  const received: string[] = [];
  connection.on('close', fail);
  connection.once('close', () => received.push('second'));
  server.on('connectionClosed', () => received.push('server'));

  connection.destroy();
  await until(() => closes.length === 1);

  assert.deepEqual(received, ['second', 'server']);
  assert.equal(errors[0]?.error, boom);
  assert.equal(server.connections.size, 0);
});

test('a close listener whose promise rejects is reported, and ends nothing else', async (t) => {
  const { server, errors, closes, open } = await startServer(t);
  const { connection } = await open();
  const received: string[] = [];
  connection.on('close', async () => fail());
  connection.once('close', async () => fail());
  connection.on('close', () => received.push('last'));

  connection.destroy();
  await until(() => errors.length === 2);

  assert.deepEqual(
    errors.map(({ error }) => error),
    [boom, boom],
  );
  assert.deepEqual([received, closes.length, server.connections.size], [['last'], 1, 0]);
});

const REJECTIONS: readonly [title: string, reject: () => void][] = [
  ['of this realm', async () => fail()],
  ['of another realm, as in Jest', runInNewContext('async () => { throw boom; }', { boom })],
  // biome-ignore lint/suspicious/noThenProperty: Libraries have promises of their own.
  ['of a library', () => ({ then: (_: unknown, reject: (why: Error) => void) => reject(boom) })],
];

for (const [title, reject] of REJECTIONS) {
  test(`promises that reject are reported, whatever their class: ${title}`, async (t) => {
    const { errors, closes, open } = await startServer(t);
    const { peer, connection } = await open();
    connection.on('close', reject);

    connection.sendText('a', reject);

    assert.equal(await peer.nextText(), 'a');
    assert.equal(await peer.nextCloseCode(), 1011);
    peer.destroy();
    await until(() => closes.length === 1 && errors.length === 2);
    assert.deepEqual(
      errors.map(({ error }) => error),
      [boom, boom],
    );
  });
}

test('a callback whose promise rejects is reported, for traced messages and pooled bytes too', async (t) => {
  for (const options of [
    { trace: { sent: () => undefined } },
    // Echoed from the buffer in which it was assembled.
    { readBuffer: 'pooled' as const },
  ]) {
    const { server, errors, open } = await startServer(t, options);
    server.on(
      'message',
      (connection, data) => void connection.sendBinary(data, async () => fail()),
    );
    const { peer } = await open();

    peer.send(binary(Buffer.alloc(200_000)));

    await until(() => errors.length === 1);
    assert.equal(errors[0]?.error, boom);
  }
});

test('an error listener whose promise rejects causes a warning, not a loop', async (t) => {
  const { server, open } = await startServer(t);
  server.on('error', async () => fail());
  const { peer } = await open();
  const warning = next(process, 'warning');

  peer.send(Buffer.from([0x81, 0x00]));

  assert.deepEqual(await warning, [boom]);
});

test('an error listener that throws is reported once', async (t) => {
  const { errors, closes, open } = await startServer(t);
  const { peer, connection } = await open();
  connection.on('error', fail);

  peer.send(Buffer.from([0x81, 0x00]));

  assert.equal(await peer.nextCloseCode(), 1002);
  peer.socket.end();
  await until(() => closes.length === 1);
  assert.equal(errors.filter(({ error }) => error === boom).length, 1);
});

test('a listener that throws without an error listener causes a warning, not a crash', async (t) => {
  const server = new WebSocketServer();
  t.after(() => server.shutdown());
  server.on('connection', (connection: Connection) => connection.on('message', fail));
  const { port } = await server.listen(0, '127.0.0.1');
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());
  await peer.upgrade();
  const warning = next(process, 'warning');

  peer.send(text('a'));

  assert.equal(await peer.nextCloseCode(), 1011);
  assert.deepEqual(await warning, [boom]);
  peer.destroy();
});

test('a violation by a peer without an error listener causes nothing', async (t) => {
  const server = new WebSocketServer();
  t.after(() => server.shutdown());
  const { port } = await server.listen(0, '127.0.0.1');
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());
  await peer.upgrade();
  let warnings = 0;
  const count = () => (warnings += 1);
  process.on('warning', count);
  t.after(() => process.off('warning', count));

  peer.send(Buffer.from([0x81, 0x00]));

  assert.equal(await peer.nextCloseCode(), 1002);
  await turns();
  assert.equal(warnings, 0);
  peer.destroy();
});

test('the error of a peer is reported once, also by a loop over its messages', async (t) => {
  const { server, open, errors } = await startServer(t);
  server.on('connection', async (connection) => {
    for await (const { data } of connection) assert(data.length > 0);
  });
  const { peer, connection } = await open();

  peer.send(bytes('ff 80 00 00 00 00'));

  assert.equal(await peer.nextCloseCode(), 1002);
  await until(() => errors.length > 0);
  await turns(2);
  assert.deepEqual(
    errors.map(({ connectionId }) => connectionId),
    [connection.id],
  );
});

test('an error of another connection that a listener throws is no violation of the peer', async (t) => {
  const { open, errors } = await startServer(t, { maxViolationsPerMinutePerIp: 1 });
  const { peer, connection } = await open();
  const upstream = new FrameError('INVALID_UTF8');
  connection.on('message', async () => Promise.reject(upstream));

  peer.send(text('forward'));

  assert.equal(await peer.nextCloseCode(), 1011);
  await until(() => errors.length === 1);
  assert.equal(errors[0]?.error, upstream);
  // Its address is not blocked.
  await open();
});

test('the error of a peer is reported once, also if a listener throws it again', async (t) => {
  const { open, errors } = await startServer(t);
  const { peer, connection } = await open();
  connection.on('error', (error) => {
    throw error;
  });

  peer.send(bytes('ff 80 00 00 00 00'));

  assert.equal(await peer.nextCloseCode(), 1002);
  await turns(2);
  assert.equal(errors.length, 1);
});

const ODD_VALUES: readonly [string, () => unknown][] = [
  [
    'an error with a code of its own',
    () => new WebSocketError('no', 'NOT_ALLOWED' as 'INTERNAL_ERROR'),
  ],
  ['a value without a text', () => ({ toString: fail })],
  ['an error without a text', () => Object.defineProperty(new Error(), 'message', { get: fail })],
  ['a revoked proxy', revokedProxy],
];

function revokedProxy(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

for (const [name, create] of ODD_VALUES) {
  for (const isReported of [true, false]) {
    const title = isReported ? '' : ', also without an error listener';
    test(`a listener may throw ${name}${title}`, async (t) => {
      const { server, errors, open } = await startServer(t);
      if (!isReported) server.removeAllListeners('error');
      const { peer, connection } = await open();
      connection.on('message', () => {
        throw create();
      });

      peer.send(text('a'));

      assert.equal(await peer.nextCloseCode(), 1011);
      // The server waits for the peer's close frame otherwise.
      peer.destroy();
      await until(() => server.connections.size === 0);
      assert.equal(errors.length, isReported ? 1 : 0);
    });
  }
}
