/** The client against our own server and the `ws` package's: what both sides see. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ClientOptions, type Connection, connect } from '../../../src/index.ts';
import { echo, startServer } from '../../support/test-server.ts';
import { next, outcomeOf, until } from '../../support/wait.ts';
import { startWsEcho } from '../../support/ws-package.ts';

async function open(
  t: TestContext,
  url: string,
  options: Partial<ClientOptions> = {},
): Promise<Connection> {
  const connection = await connect(url, options);
  t.after(() => connection.destroy());
  return connection;
}

async function startOwnEcho(t: TestContext): Promise<string> {
  const { server, port } = await startServer(t, { maxMessageSize: 64 * 1_048_576 });
  server.on('connection', echo);
  return `ws://127.0.0.1:${port}`;
}

for (const [name, startEcho] of [
  ['our server', startOwnEcho],
  ['ws', (t: TestContext) => startWsEcho(t, { maxPayload: 64 * 1_048_576 })],
] as const) {
  test(`text and bytes of every length form are sent to ${name} and come back`, async (t) => {
    const client = await open(t, await startEcho(t), { maxMessageSize: 64 * 1_048_576 });
    const received: string[] = [];
    client.on('message', (data, isBinary) => {
      received.push(isBinary ? `${data.length} bytes` : data.toString());
    });

    client.sendText('grüße 🚀');
    client.sendText('');
    for (const size of [1, 125, 126, 4_096, 65_535, 65_536, 1_000_000, 16_777_216]) {
      client.sendBinary(Buffer.alloc(size, 0x61));
    }

    await until(() => received.length === 10, 'all echoes');
    assert.deepEqual(received, [
      'grüße 🚀',
      '',
      ...[1, 125, 126, 4_096, 65_535, 65_536, 1_000_000, 16_777_216].map((size) => `${size} bytes`),
    ]);
  });

  test(`${name} answers a ping, and closes in order`, async (t) => {
    const client = await open(t, await startEcho(t));

    client.ping('are you there?');
    const [payload] = await next(client, 'pong');
    const outcome = outcomeOf(client);
    client.close(4_000, 'done');

    assert.equal(String(payload), 'are you there?');
    assert.equal(client.state, 'CLOSING');
    const { code, wasClean } = await outcome;
    assert.deepEqual([code, wasClean], [4_000, true]);
    assert.equal(client.state, 'CLOSED');
  });
}

test('the server gets path, headers and subprotocols, and the client the choice', async (t) => {
  const { server, port } = await startServer(t, { protocols: ['chat.v2', 'chat.v1'] });
  const seen: unknown[] = [];
  server.on('connection', (_, request) => {
    seen.push(request.url, request.headers.authorization, request.headers.origin);
  });

  const client = await open(t, `ws://127.0.0.1:${port}/room?id=1`, {
    protocols: ['chat.v1', 'chat.v2'],
    headers: { Authorization: 'Bearer x', Origin: 'https://chat.example' },
    metadata: 'mine',
  });

  assert.deepEqual(seen, ['/room?id=1', 'Bearer x', 'https://chat.example']);
  assert.deepEqual([client.protocol, client.metadata, client.state], ['chat.v2', 'mine', 'OPEN']);
  assert.equal(client.remoteAddress, '127.0.0.1');
});

test('user and password of the address become a header, as in browsers', async (t) => {
  const { server, port } = await startServer(t);
  const seen: unknown[] = [];
  server.on('connection', (_, request) => seen.push(request.headers.authorization));

  await open(t, `ws://alice:p%40ss@127.0.0.1:${port}/`);

  assert.deepEqual(seen, [`Basic ${Buffer.from('alice:p@ss').toString('base64')}`]);
});

test('a password that contains a plain percent sign is sent as it is, as by the ws package', async (t) => {
  const { server, port } = await startServer(t);
  const seen: unknown[] = [];
  server.on('connection', (_, request) => seen.push(request.headers.authorization));

  await open(t, `ws://alice:100%@127.0.0.1:${port}/`);

  assert.deepEqual(seen, [`Basic ${Buffer.from('alice:100%').toString('base64')}`]);
});

test('a message that arrives with the response is not missed', async (t) => {
  const { server, port } = await startServer(t);
  server.on('connection', (connection) => {
    connection.sendText('one');
    connection.sendText('two');
    connection.close(1_001);
  });

  const client = await open(t, `ws://127.0.0.1:${port}`);
  const received: string[] = [];
  client.on('message', (data) => received.push(data.toString()));
  const outcome = await outcomeOf(client);

  assert.deepEqual(received, ['one', 'two']);
  assert.deepEqual([outcome.code, outcome.wasClean], [1_001, true]);
});

test('a prepared frame is sent masked like any other', async (t) => {
  const { prepareFrame } = await import('../../../src/index.ts');
  const client = await open(t, await startOwnEcho(t));
  const received: string[] = [];
  client.on('message', (data, isBinary) => received.push(`${isBinary} ${data}`));

  client.sendFrame(prepareFrame('to all'));
  client.sendFrame(prepareFrame(Buffer.from('bytes')));

  await until(() => received.length === 2);
  assert.deepEqual(received, ['false to all', 'true bytes']);
});

test('a listener that throws ends the connection with 1011, and is reported', async (t) => {
  const { server, port, closes } = await startServer(t);
  server.on('connection', echo);
  const failures: unknown[] = [];
  const client = await open(t, `ws://127.0.0.1:${port}`, {
    handleListenerError: (error) => failures.push(error),
  });
  const failure = new Error('a bug');
  client.on('message', () => {
    throw failure;
  });

  client.sendText('hi');

  await until(() => closes.length === 1, 'the end of the connection');
  assert.equal(closes[0]?.code, 1_011);
  assert.deepEqual(failures, [failure]);
});

test('a listener that uses its connection wrongly is reported, too', async (t) => {
  const { server, port } = await startServer(t);
  server.on('connection', echo);
  const failures: unknown[] = [];
  const client = await open(t, `ws://127.0.0.1:${port}`, {
    handleListenerError: (error) => failures.push(error),
  });
  client.on('message', () => client.close(1_006));

  client.sendText('hi');

  await until(() => failures.length === 1, 'the report');
  assert.match(String(failures[0]), /a client may not close with 1006/);
});

test('handleListenerError that throws or rejects causes a warning, and nothing else', async (t) => {
  const { server, port, closes } = await startServer(t);
  server.on('connection', echo);
  const failure = new Error('a bug in the handler');
  const fail = () => {
    throw failure;
  };
  for (const handleListenerError of [fail, async () => fail()]) {
    const client = await open(t, `ws://127.0.0.1:${port}`, { handleListenerError });
    client.on('message', () => assert.fail('a bug'));
    const warning = next(process, 'warning');
    const count = closes.length;

    client.sendText('hi');

    assert.deepEqual(await warning, [failure]);
    await until(() => closes.length > count, 'the end of the connection');
    assert.equal(closes.at(-1)?.code, 1_011);
  }
});

test('a client may close with 1010, but not with server-only or reserved codes', async (t) => {
  const { port, closes } = await startServer(t);
  const client = await open(t, `ws://127.0.0.1:${port}`);

  for (const code of [1_004, 1_005, 1_006, 1_015, 999, 5_000]) {
    assert.throws(() => client.close(code), { code: 'INVALID_ARGUMENT' });
  }
  client.close(1_010, 'needs an extension');

  await until(() => closes.length === 1);
  assert.deepEqual([closes[0]?.code, closes[0]?.reason], [1_010, 'needs an extension']);
});

test('a hundred clients of one process hold separate conversations', async (t) => {
  const url = await startOwnEcho(t);
  const clients = await Promise.all(Array.from({ length: 100 }, () => open(t, url)));

  await Promise.all(
    clients.map(async (client, number) => {
      const received: string[] = [];
      client.on('message', (data) => received.push(data.toString()));
      const sent = Array.from({ length: 20 }, (_, count) => `${number}: ${count}`);
      for (const message of sent) client.sendText(message);
      await until(() => received.length === 20);
      assert.deepEqual(received, sent);
    }),
  );
});
