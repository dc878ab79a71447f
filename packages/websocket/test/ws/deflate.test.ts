/** permessage-deflate between every pair of the two implementations, and its options. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/wait.ts';
import { event, OWN, open, pair, REAL, serve, testBoth } from './both.ts';

const MESSAGES = ['', 'a', 'hello hello hello', 'ü'.repeat(20_000), 'x'.repeat(100_000), 'last'];

for (const server of [REAL, OWN]) {
  for (const client of [REAL, OWN]) {
    test(`${client.name} and a server of ${server.name} exchange compressed messages`, async (t) => {
      const { url, sockets } = await serve(t, server, { perMessageDeflate: { threshold: 0 } });
      const socket = await open(t, client, url, { perMessageDeflate: { threshold: 0 } });
      await until(() => sockets.length === 1, 'the socket of the server');
      sockets[0]?.on('message', (data, isBinary) => sockets[0]?.send(data, { binary: isBinary }));
      const received: string[] = [];
      socket.on('message', (data) => received.push(String(data)));

      for (const message of MESSAGES) socket.send(message);

      await until(() => received.length === MESSAGES.length, 'all echoes');
      assert.deepEqual(received, MESSAGES);
      assert.deepEqual(
        [socket.extensions, sockets[0]?.extensions],
        Array(2).fill('permessage-deflate'),
      );
      // Libraries use it, although the types omit it.
      const { _socket } = socket as unknown as { _socket: { bytesWritten: number } };
      assert(_socket.bytesWritten < 5_000, String(_socket.bytesWritten));
    });

    test(`${client.name} sends parts to a server of ${server.name} that compresses`, async (t) => {
      const { url, sockets } = await serve(t, server, { perMessageDeflate: { threshold: 0 } });
      const socket = await open(t, client, url, { perMessageDeflate: { threshold: 0 } });
      await until(() => sockets.length === 1, 'the socket of the server');
      const received: string[] = [];
      sockets[0]?.on('message', (data) => received.push(String(data)));

      socket.send('x'.repeat(50_000));
      socket.send('one, ', { fin: false });
      socket.send('two', { fin: true });
      socket.send('end');

      await until(() => received.length === 3, 'three messages');
      assert.deepEqual(received, ['x'.repeat(50_000), 'one, two', 'end']);
    });
  }
}

test('bytes may be changed after sending, large ones too, and later messages are correct', async (t) => {
  const { client, socket } = await pair(t, OWN, { perMessageDeflate: true });
  const received: string[] = [];
  client.on('message', (data: Buffer) =>
    received.push(`${data.length} ${data.toString('latin1', 0, 3)}`),
  );
  const bytes = Buffer.alloc(50_000);

  for (const letter of ['a', 'b', 'c']) socket.send(bytes.fill(letter));
  bytes.fill('d');
  socket.send('d'.repeat(2_000));

  await until(() => received.length === 4, 'all messages');
  assert.deepEqual(received, ['50000 aaa', '50000 bbb', '50000 ccc', '2000 ddd']);
});

testBoth('a client offers it by default, a server has to be told', async (each, t) => {
  const { client: plain } = await pair(t, each);
  const { client } = await pair(t, each, { perMessageDeflate: true });
  const { client: without } = await pair(
    t,
    each,
    { perMessageDeflate: true },
    { perMessageDeflate: false },
  );

  assert.deepEqual(
    [plain.extensions, client.extensions, without.extensions],
    ['', 'permessage-deflate', ''],
  );
});

testBoth('limits of compression may be infinite', async (each, t) => {
  for (const perMessageDeflate of [
    { concurrencyLimit: 0 },
    { concurrencyLimit: Number.POSITIVE_INFINITY },
    { threshold: Number.POSITIVE_INFINITY },
  ]) {
    const { client, socket } = await pair(t, each, { perMessageDeflate }, { perMessageDeflate });
    socket.on('message', (data) => socket.send(data));
    client.send('d'.repeat(2_000));
    const [echo] = await event(client, 'message');
    assert.equal(String(echo).length, 2_000);
  }
});

testBoth('compress: false, and what is below the threshold, goes out plain', async (each, t) => {
  // With context takeover `ws` compresses everything.
  const deflate = { perMessageDeflate: { clientNoContextTakeover: true } };
  const { client, socket } = await pair(t, each, deflate, deflate);
  const { _socket } = client as unknown as { _socket: { bytesWritten: number } };
  const start = _socket.bytesWritten;
  let received = 0;
  socket.on('message', () => (received += 1));

  client.send('x'.repeat(1_023));
  await until(() => received === 1);
  const small = _socket.bytesWritten - start;
  client.send('x'.repeat(2_000), { compress: false });
  await until(() => received === 2);
  const plain = _socket.bytesWritten - start - small;
  client.send('x'.repeat(2_000));
  await until(() => received === 3);

  assert.deepEqual([small, plain], [1_023 + 8, 2_000 + 8]);
  assert(_socket.bytesWritten - start - small - plain < 100);
});

testBoth('a bomb ends with 1009', async (each, t) => {
  const { client, socket } = await pair(
    t,
    each,
    { perMessageDeflate: true, maxPayload: 100_000 },
    { perMessageDeflate: { threshold: 0 } },
  );
  const error = event(socket, 'error');
  const close = event(client, 'close');

  client.send(Buffer.alloc(10_000_000));

  assert.equal(
    ((await error)[0] as NodeJS.ErrnoException).code,
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  );
  assert.equal((await close)[0], 1_009);
});

testBoth('parameters are negotiated as they are given', async (each, t) => {
  const { server, url } = await serve(t, each, {
    perMessageDeflate: {
      serverNoContextTakeover: true,
      clientMaxWindowBits: 10,
      serverMaxWindowBits: 11,
    },
  });
  const headers: string[] = [];
  server.on('headers', (lines) => headers.push(...lines));

  await open(t, each, url, { perMessageDeflate: { clientNoContextTakeover: true } });

  const line = headers.find((each) => /^sec-websocket-extensions/i.test(each)) ?? '';
  for (const parameter of [
    'server_no_context_takeover',
    'client_no_context_takeover',
    'server_max_window_bits=11',
    'client_max_window_bits=10',
  ]) {
    assert(line.includes(parameter), line);
  }
});

testBoth(
  'a message that is still being inflated arrives, even if the socket is closed meanwhile',
  async (each, t) => {
    const deflate = { perMessageDeflate: { threshold: 0 } };
    const { client, socket } = await pair(t, each, deflate, deflate);
    const received: unknown[] = [];
    const ended = event(socket, 'close');
    socket.on('message', (data) => received.push(String(data).length));
    socket.on('close', (code) => received.push(code));
    const inflated = 4_000_000;
    // Large enough to be inflated in the thread pool; the close starts while its bytes arrive.
    const { _socket } = socket as unknown as { _socket: NodeJS.EventEmitter };
    _socket.once('data', () => setImmediate(() => socket.close(4_001)));

    client.send('x'.repeat(inflated));
    await ended;

    assert.deepEqual(received, [inflated, 4_001]);
  },
);
