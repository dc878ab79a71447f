/** How a connection attempt can fail, and what the caller gets. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { Agent } from 'node:http';
import { createServer } from 'node:net';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { connect } from '../../../src/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { collectGarbage } from '../../support/garbage.ts';
import { acceptance, startRawServer } from '../../support/raw-server.ts';
import { startServer } from '../../support/test-server.ts';
import { inTime, until } from '../../support/wait.ts';

/** The error of the rejected attempt. */
function failureOf(attempt: Promise<unknown>): Promise<Record<string, unknown>> {
  const failure = attempt.then(
    () => Promise.reject(new Error('it connected')),
    // Errors, whose fields are compared one by one.
    (error: unknown) => error as Record<string, unknown>,
  );
  return inTime(failure, 'the attempt to fail');
}

test('the request is a complete upgrade request, with a fresh key each time', async (t) => {
  const { url, next } = await startRawServer(t);
  const keys: string[] = [];
  for (let count = 0; count < 2; count += 1) {
    const attempt = connect(`${url}/chat?a=b`, {
      protocols: ['a', 'b'],
      headers: { 'X-Name': 'x' },
    });
    const server = await next();

    const request = await server.accept('Sec-WebSocket-Protocol: a\r\n');

    (await attempt).destroy();
    const lines = request.trimEnd().split('\r\n');
    assert.equal(lines[0], 'GET /chat?a=b HTTP/1.1');
    const fields = new Map(lines.slice(1).map((line) => line.split(': ', 2) as [string, string]));
    assert.equal(`ws://${fields.get('Host')}`, url);
    assert.equal(fields.get('Upgrade'), 'websocket');
    assert.equal(fields.get('Connection'), 'Upgrade');
    assert.equal(fields.get('Sec-WebSocket-Version'), '13');
    assert.equal(fields.get('Sec-WebSocket-Protocol'), 'a, b');
    assert.equal(fields.get('X-Name'), 'x');
    const key = fields.get('Sec-WebSocket-Key') ?? '';
    assert.match(key, /^[+/0-9A-Za-z]{22}==$/);
    keys.push(key);
  }
  assert.notEqual(keys[0], keys[1]);
});

test('a rejection is reported with its status', async (t) => {
  const { port } = await startServer(t, {
    authorize: () => ({ accept: false, status: 401, body: 'no' }),
  });

  const failure = await failureOf(connect(`ws://127.0.0.1:${port}`));

  assert.equal(failure.name, 'HandshakeError');
  assert.deepEqual(
    [failure.code, failure.status, failure.reason],
    ['HANDSHAKE_ERROR', 401, 'status'],
  );
  assert.equal(failure.message, 'the upgrade was rejected: status 401');
});

test('a redirect is a rejection: it is not followed', async (t) => {
  const elsewhere = await startRawServer(t);
  const { url, next } = await startRawServer(t);
  const attempt = failureOf(connect(url, { headers: { Authorization: 'Bearer secret' } }));
  const server = await next();

  await server.request();
  const location = elsewhere.url.replace('ws:', 'http:');
  server.send(`HTTP/1.1 302 Found\r\nLocation: ${location}/\r\nContent-Length: 0\r\n\r\n`);

  assert.equal((await attempt).status, 302);
  await server.ended();
});

const FAULTY_ANSWERS: Readonly<
  Record<string, readonly [reason: string, change: (good: string) => string]>
> = {
  'an accept value for another key': [
    'accept',
    (good) => good.replace(/Accept: ..../, 'Accept: AAAA'),
  ],
  'a repeated accept value': [
    'accept',
    (good) => `${good}${/Sec-WebSocket-Accept.*\r\n/.exec(good)}`,
  ],
  'no accept value': ['accept', (good) => good.replace(/Sec-WebSocket-Accept.*\r\n/, '')],
  'neither of the headers': [
    'upgrade',
    (good) => good.replace(/Upgrade: .*\r\n/, '').replace(/Connection: .*\r\n/, ''),
  ],
  'no Upgrade header': ['upgrade', (good) => good.replace(/Upgrade: .*\r\n/, '')],
  'another protocol': ['upgrade', (good) => good.replace('Upgrade: websocket', 'Upgrade: h2c')],
  'a subprotocol that was not offered': [
    'protocol',
    (good) => `${good}Sec-WebSocket-Protocol: chat\r\n`,
  ],
  'an extension that was not offered': [
    'extension',
    (good) => `${good}Sec-WebSocket-Extensions: x-other\r\n`,
  ],
  'HTTP 1.0': ['httpVersion', (good) => good.replace('HTTP/1.1', 'HTTP/1.0')],
  'a claim of HTTP 2.0': ['httpVersion', (good) => good.replace('HTTP/1.1', 'HTTP/2.0')],
};

for (const [name, [reason, change]] of Object.entries(FAULTY_ANSWERS)) {
  test(`a response with ${name} is rejected, and the socket closed`, async (t) => {
    const { url, next } = await startRawServer(t);
    const attempt = failureOf(connect(url));
    const server = await next();

    server.send(`${change(acceptance(await server.request()))}\r\n`);

    const failure = await attempt;
    assert.equal(failure.name, 'HandshakeError');
    assert.deepEqual([failure.code, failure.reason], ['MALFORMED_RESPONSE', reason]);
    await server.ended();
  });
}

test('a server that ignores the offered subprotocols is rejected', async (t) => {
  const { port } = await startServer(t);

  const failure = await failureOf(connect(`ws://127.0.0.1:${port}`, { protocols: ['chat'] }));

  assert.equal(failure.reason, 'noProtocol');
});

test('a response that is not HTTP, and a server that hangs up, are connection errors', async (t) => {
  const { url, next } = await startRawServer(t);
  for (const answer of ['220 mail.example\r\n', '']) {
    const attempt = failureOf(connect(url));
    const server = await next();

    await server.request();
    server.socket.end(answer);

    const failure = await attempt;
    assert.deepEqual([failure.name, failure.code], ['ConnectionError', 'CONNECTION_ERROR']);
    assert(failure.cause instanceof Error);
  }
});

test('a port without a listener is a connection error, with its cause', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const address = holder.address();
  assert(address !== null && typeof address === 'object');
  await new Promise((resolve) => holder.close(resolve));

  const failure = await failureOf(connect(`ws://127.0.0.1:${address.port}`));

  assert.equal(failure.code, 'CONNECTION_ERROR');
  assert.equal((failure.cause as NodeJS.ErrnoException).code, 'ECONNREFUSED');
});

test('without a response within handshakeTimeout the attempt ends', async (t) => {
  const { url, next } = await startRawServer(t);
  const clock = new FakeClock();
  const attempt = failureOf(connect(url, { clock, handshakeTimeout: 2_000 }));
  const server = await next();
  await server.request();
  server.send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n');

  clock.advance(1_999);
  assert.equal(server.hasEnded, false);
  clock.advance(1);

  assert.equal((await attempt).code, 'NETWORK_TIMEOUT');
  await server.ended();
  assert.equal(clock.timerCount, 0);
});

test('a response that has arrived when handshakeTimeout ends counts', async (t) => {
  const { url, next } = await startRawServer(t);
  const clock = new FakeClock();
  const attempt = connect(url, { clock, handshakeTimeout: 2_000 });
  await (await next()).accept();

  // In the same turn, as after a time in which the process stood still.
  clock.advance(2_000);

  (await attempt).destroy();
});

for (const error of [undefined, new Error('a broken tunnel')]) {
  const end = error === undefined ? 'ends' : 'fails';
  test(`a stream of an agent that ${end} with the response rejects the attempt`, async () => {
    const agent = new Agent();
    agent.createConnection = () => {
      const [near, far] = duplexPair();
      far.once('data', (request: Buffer) => {
        far.write(`${acceptance(request.toString())}\r\n`);
        process.nextTick(() => near.destroy(error));
      });
      return near;
    };

    const failure = await failureOf(connect('ws://tunnelled/', { agent }));

    assert.equal(failure.code, 'CONNECTION_ERROR');
  });
}

test('responses with interim status are skipped', async (t) => {
  const { url, next } = await startRawServer(t);
  const attempt = connect(url);
  const server = await next();
  const good = acceptance(await server.request());

  server.send(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${good}\r\n`);

  const client = await inTime(attempt, 'the connection');
  assert.equal(client.state, 'OPEN');
  client.destroy();
});

test('a signal ends the attempt with its reason, before and while it runs', async (t) => {
  const { url, next } = await startRawServer(t);
  const reason = new Error('the user left the page');
  const stop = new AbortController();
  const attempt = failureOf(connect(url, { signal: stop.signal }));
  const server = await next();
  await server.request();

  stop.abort(reason);

  assert.equal(await attempt, reason);
  await server.ended();
  assert.equal(await failureOf(connect(url, { signal: stop.signal })), reason);
});

test('attempts leave no listeners on their signal, also after a garbage collection', async (t) => {
  const { url, next } = await startRawServer(t);
  const { signal } = new AbortController();
  const attempts = Array.from({ length: 3 }, () => connect(url, { signal }));
  const servers = [await next(), await next(), await next()];
  await collectGarbage();
  assert.equal(getEventListeners(signal, 'abort').length, 3);

  for (const server of servers.slice(1)) await server.accept();
  servers[0]?.send('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
  for (const attempt of await Promise.allSettled(attempts)) {
    if (attempt.status === 'fulfilled') attempt.value.destroy();
  }

  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('a signal after the connection has opened changes nothing', async (t) => {
  const { port, connections } = await startServer(t);
  const stop = new AbortController();
  const client = await connect(`ws://127.0.0.1:${port}`, { signal: stop.signal });
  t.after(() => client.destroy());

  stop.abort();
  client.ping();

  await until(() => (connections[0]?.counters.bytesReceived ?? 0) > 0, 'the ping');
  assert.equal(client.state, 'OPEN');
});
