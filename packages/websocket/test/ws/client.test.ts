/** Connecting, and the errors of a client that cannot connect. */
import assert from 'node:assert/strict';
import {
  Agent,
  createServer as createHttpServer,
  globalAgent,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../../tests/support/certificate.ts';
import { bytes } from '../support/bytes.ts';
import { startRawServer } from '../support/raw-server.ts';
import { until } from '../support/wait.ts';
import { closing, event, type Implementation, open, serve, testBoth } from './both.ts';

/** Summaries of the events of a client that does not open. */
async function endOf(client: InstanceType<Implementation['WebSocket']>): Promise<string[]> {
  const told: string[] = [];
  client.on('open', () => told.push('open'));
  client.on('error', (error) => told.push(`error: ${error.message}`));
  client.on('close', (code) => told.push(`close: ${code}`));
  await event(client, 'close');
  return told;
}

const EARLY = 'error: WebSocket was closed before the connection was established';

testBoth('addresses and subprotocols that are none are refused at once', ({ WebSocket }) => {
  for (const address of ['', 'chat', 'ftp://a/', 'ws://a/#b']) {
    assert.throws(() => new WebSocket(address), SyntaxError, address);
  }
  for (const protocols of [['a', 'a'], [''], ['a b'], null, 1]) {
    assert.throws(() => new WebSocket('ws://127.0.0.1:1', protocols as never), SyntaxError);
  }
  assert.throws(() => new WebSocket('chat'), { message: 'Invalid URL: chat' });
  const message = 'The URL contains a fragment identifier';
  assert.throws(() => new WebSocket('ws://a/#b'), { message });
  assert.throws(() => new WebSocket('ws://127.0.0.1:1', { protocolVersion: 1_000 }), RangeError);
});

testBoth('an address may be a URL, or have the scheme of HTTP', async (each, t) => {
  const { url } = await serve(t, each);
  const http = url.replace('ws:', 'http:');
  for (const address of [new URL(`${url}/a?b`), `${http}/a?b`]) {
    const client = new each.WebSocket(address);

    assert.equal(client.readyState, 0);
    assert.throws(() => client.send('too early'), /readyState 0 \(CONNECTING\)/);
    assert.throws(() => client.ping(), /readyState 0 \(CONNECTING\)/);
    await event(client, 'open');
    assert.deepEqual([client.url, client.readyState], [`${url}/a?b`, 1]);
    client.close();
    await closing(client);
  }
});

testBoth('an empty origin is none', async (each, t) => {
  const { server, url } = await serve(t, each);
  const connection = event(server, 'connection');

  await open(t, each, url, { origin: '' });

  const [, request] = (await connection) as [unknown, IncomingMessage];
  assert.equal(request.headers.origin, undefined);
});

testBoth('headers, origin, user and subprotocols reach the server', async (each, t) => {
  const { server, url } = await serve(t, each);
  const connection = event(server, 'connection');
  const client = new each.WebSocket(url.replace('//', '//u:p@'), ['a', 'b'], {
    origin: 'https://chat.example',
    headers: { 'X-Name': 'x' },
  });
  const opening = event(client, 'open');

  const [, request] = (await connection) as [unknown, IncomingMessage];

  assert.equal(request.headers.origin, 'https://chat.example');
  assert.equal(request.headers['x-name'], 'x');
  assert.equal(request.headers.authorization, `Basic ${Buffer.from('u:p').toString('base64')}`);
  assert.equal(request.headers['sec-websocket-protocol']?.replace(' ', ''), 'a,b');
  await opening;
  client.terminate();
});

testBoth('the user may also be the option auth, and one in the address wins', async (each, t) => {
  const { server, url } = await serve(t, each);
  for (const [address, user] of [
    [url, 'a:b'],
    [url.replace('//', '//u:p@'), 'u:p'],
  ] as const) {
    const connection = event(server, 'connection');

    // For Node's request; the types have no such option.
    await open(t, each, address, { auth: 'a:b' } as object);

    const [, { headers }] = (await connection) as [unknown, IncomingMessage];
    assert.equal(headers.authorization, `Basic ${Buffer.from(user).toString('base64')}`);
  }
});

testBoth('options may be the second argument, and contain the protocols', async (each, t) => {
  const { server, url } = await serve(t, each);
  const connection = event(server, 'connection');
  const client = new each.WebSocket(url, {
    protocol: 'x',
    protocols: 'a',
    headers: { 'X-Name': 'x' },
  } as object);
  const opening = event(client, 'open');

  const [socket, request] = (await connection) as [
    InstanceType<typeof each.WebSocket>,
    IncomingMessage,
  ];

  assert.deepEqual([socket.protocol, request.headers['x-name']], ['a', 'x']);
  await opening;
  client.terminate();
});

testBoth('a refusal is an error, then close with 1006', async (each, t) => {
  const { url } = await serve(t, each, { verifyClient: () => false });
  const client = new each.WebSocket(url);

  assert.deepEqual(await endOf(client), ['error: Unexpected server response: 401', 'close: 1006']);
  assert.equal(client.readyState, client.CLOSED);
});

testBoth('who listens for unexpected-response gets the answer', async (each, t) => {
  const { url } = await serve(t, each, { verifyClient: () => false });
  const client = new each.WebSocket(url);

  const [request, response] = await event(client, 'unexpected-response');

  assert.equal((response as IncomingMessage).statusCode, 401);
  assert.equal(typeof (request as { destroy: unknown }).destroy, 'function');
  const end = endOf(client);
  client.terminate();
  assert.deepEqual(await end, [EARLY, 'close: 1006']);
});

testBoth('a closed port gives the error of the system', async (each, t) => {
  const { server, url } = await serve(t, each);
  await new Promise((resolve) => server.close(resolve));
  const client = new each.WebSocket(url);

  const [error] = await event(client, 'error');

  assert.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
});

for (const [name, act] of [
  ['close', (client: InstanceType<Implementation['WebSocket']>) => client.close()],
  ['terminate', (client: InstanceType<Implementation['WebSocket']>) => client.terminate()],
] as const) {
  testBoth(`${name} while connecting ends the attempt`, async (each, t) => {
    const { url, next } = await startRawServer(t);
    const client = new each.WebSocket(url);
    const end = endOf(client);
    const server = await next();
    await server.request();

    act(client);

    assert.equal(client.readyState, client.CLOSING);
    assert.deepEqual(await end, [EARLY, 'close: 1006']);
    await server.ended();
  });

  testBoth(`${name} in the turn of the constructor ends the attempt`, async (each, t) => {
    const { url } = await serve(t, each);
    const client = new each.WebSocket(url);
    const end = endOf(client);

    act(client);

    assert.deepEqual(await end, [EARLY, 'close: 1006']);
  });
}

for (const how of ['close', 'terminate'] as const) {
  testBoth(`${how} from a listener of upgrade ends the attempt, and TCP`, async (each, t) => {
    const { url, sockets } = await serve(t, each);
    const client = new each.WebSocket(url);
    const end = endOf(client);
    client.on('upgrade', () => client[how]());

    assert.deepEqual(await end, [EARLY, 'close: 1006']);
    await until(() => sockets[0]?.readyState === 3, 'the server to see it gone');
  });

  testBoth(`${how} right after upgrade is not lost`, async (each, t) => {
    const { url, sockets } = await serve(t, each);
    const client = new each.WebSocket(url);
    const end = endOf(client);
    client.on('upgrade', () => process.nextTick(() => client[how]()));

    await end;
    await until(() => sockets[0]?.readyState === 3, 'the server to see it gone');
  });
}

/** The options of a client with a signal, which the types of `ws` do not have. */
function abortable() {
  const controller = new AbortController();
  return { options: { signal: controller.signal } as object, abort: () => controller.abort() };
}

const ABORTED = ['AbortError', 'ABORT_ERR', 1_006];

/** The name and code of the error of a client that does not open, and the code of `close`. */
async function abortOf(client: InstanceType<Implementation['WebSocket']>): Promise<unknown[]> {
  const end = closing(client);
  const [error] = (await event(client, 'error')) as [NodeJS.ErrnoException];
  return [error.name, error.code, (await end)[0]];
}

testBoth('signal ends the attempt with an AbortError', async (each, t) => {
  const { url, next } = await startRawServer(t);
  const { options, abort } = abortable();
  const client = new each.WebSocket(url, options);
  const end = abortOf(client);
  const server = await next();
  await server.request();

  abort();

  assert.deepEqual(await end, ABORTED);
  assert.equal(client.readyState, client.CLOSED);
  await server.ended();
});

testBoth('signal may be aborted in the turn of the constructor, or before', async (each, t) => {
  const { url } = await serve(t, each);
  const { options, abort } = abortable();
  const early = abortOf(new each.WebSocket(url, options));
  abort();
  const late = abortOf(new each.WebSocket(url, options));

  assert.deepEqual(await early, ABORTED);
  assert.deepEqual(await late, ABORTED);
});

testBoth('signal ends the wait for a listener of unexpected-response', async (each, t) => {
  const { url } = await serve(t, each, { verifyClient: () => false });
  const { options, abort } = abortable();
  const client = new each.WebSocket(url, options);
  client.on('unexpected-response', abort);

  assert.deepEqual(await abortOf(client), ABORTED);
});

testBoth('signal aborted by a listener of upgrade ends the connection', async (each, t) => {
  const { url } = await serve(t, each);
  const { options, abort } = abortable();
  const client = new each.WebSocket(url, options);
  client.on('upgrade', abort);

  assert.deepEqual(await endOf(client), ['open', 'close: 1006']);
});

testBoth('signal does nothing to an open connection', async (each, t) => {
  const { url, sockets } = await serve(t, each);
  const { options, abort } = abortable();
  const client = await open(t, each, url, options);
  await until(() => sockets.length === 1, 'the socket of the server');
  const message = event(client, 'message');

  abort();
  sockets[0]?.send('still here');

  assert.equal(String((await message)[0]), 'still here');
});

testBoth('handshakeTimeout bounds the attempt', async (each, t) => {
  const { url } = await startRawServer(t);
  const client = new each.WebSocket(url, { handshakeTimeout: 50 });

  assert.deepEqual(await endOf(client), ['error: Opening handshake has timed out', 'close: 1006']);
});

const FAULTY: Readonly<Record<string, readonly [error: string, headers: string]>> = {
  'a subprotocol that was not offered': [
    'Server sent an invalid subprotocol',
    'Sec-WebSocket-Protocol: other\r\n',
  ],
  'an extension that was not offered': [
    'Server indicated an extension that was not requested',
    'Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: x-other\r\n',
  ],
  'parameters that do not fit': [
    'Invalid Sec-WebSocket-Extensions header',
    'Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate; unknown\r\n',
  ],
  'no subprotocol': ['Server sent no subprotocol', ''],
};

for (const [name, [error, headers]] of Object.entries(FAULTY)) {
  testBoth(`an answer with ${name} is refused`, async (each, t) => {
    const { url, next } = await startRawServer(t);
    const client = new each.WebSocket(url, 'chat');
    const end = endOf(client);

    await (await next()).accept(headers);

    assert.deepEqual(await end, [`error: ${error}`, 'close: 1006']);
  });
}

testBoth('an answer with an unrequested extension or subprotocol is rejected', async (each, t) => {
  const { url, next } = await startRawServer(t);
  const headers = {
    'Sec-WebSocket-Protocol: chat\r\n': 'Server sent a subprotocol but none was requested',
    'Sec-WebSocket-Extensions: permessage-deflate\r\n':
      'Server sent a Sec-WebSocket-Extensions header but no extension was requested',
  };
  for (const [header, error] of Object.entries(headers)) {
    const client = new each.WebSocket(url, { perMessageDeflate: false });
    const end = endOf(client);

    await (await next()).accept(header);

    assert.deepEqual(await end, [`error: ${error}`, 'close: 1006']);
  }
});

testBoth('createConnection receives the address, and the Host header names it', async (each, t) => {
  const { url: raw, next } = await startRawServer(t);
  const told: object[] = [];
  // The types have none of these options, but `net.connect` and `tls.connect` read them.
  const createConnection = (({ host, hostname, port, defaultPort }: RequestOptions) => {
    told.push({ host, hostname, port, defaultPort });
    return connect(Number(new URL(raw).port), '127.0.0.1');
  }) as never;
  const hosts: unknown[] = [];
  for (const url of ['ws://chat.example/a?b', 'ws://[::1]:81', 'wss://chat.example']) {
    const client = new each.WebSocket(url, { createConnection });
    const end = endOf(client);
    const server = await next();
    hosts.push(/^Host: (.*)\r$/im.exec(await server.request())?.[1]);
    client.terminate();
    await end;
  }

  const hostname = undefined;
  assert.deepEqual(told, [
    { host: 'chat.example', hostname, port: 80, defaultPort: 80 },
    { host: '::1', hostname, port: '81', defaultPort: 80 },
    { host: 'chat.example', hostname, port: 443, defaultPort: 443 },
  ]);
  assert.deepEqual(hosts, ['chat.example', '[::1]:81', 'chat.example']);
});

testBoth('wss checks the certificate, unless disabled', async (each, t) => {
  const https = createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE });
  https.on('tlsClientError', () => {});
  const server = new each.WebSocketServer({ server: https });
  const infos: boolean[] = [];
  server.options.verifyClient = ({ secure }: { secure: boolean }) => {
    infos.push(secure);
    return true;
  };
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  t.after(() => https.close());
  // A TCP server that listens has an address of this kind.
  const url = `wss://localhost:${(https.address() as AddressInfo).port}`;
  const trusting = new each.WebSocket(url, { ca: TEST_CERTIFICATE });
  await event(trusting, 'open');
  const careless = new each.WebSocket(url, { rejectUnauthorized: false });
  await event(careless, 'open');

  const doubting = new each.WebSocket(url);

  const [error] = await event(doubting, 'error');
  assert.equal((error as NodeJS.ErrnoException).code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  assert.deepEqual(infos, [true, true]);
  for (const client of [trusting, careless]) {
    client.close();
    await closing(client);
  }
});

testBoth('an agent and createConnection are used', async (each, t) => {
  const { url, port } = await serve(t, each);
  const used: string[] = [];
  class Watched extends Agent {
    override createConnection(...args: Parameters<Agent['createConnection']>) {
      used.push('agent');
      return super.createConnection(...args);
    }
  }
  const own = () => {
    used.push('own');
    return connect(port, '127.0.0.1');
  };
  for (const options of [{ agent: new Watched() }, { createConnection: own as never }]) {
    const client = new each.WebSocket(url, options);
    await event(client, 'open');
    client.close();
    await closing(client);
  }

  assert.deepEqual(used, ['agent', 'own']);
});

testBoth('an undefined agent is the default, not the global agent', async (each, t) => {
  const { url } = await serve(t, each);
  const { mock } = t.mock.method(globalAgent, 'createConnection');

  await open(t, each, url, { agent: undefined });

  assert.equal(mock.callCount(), 0);
});

testBoth('an empty subprotocol of the server is an invalid one', async (each, t) => {
  const { url, next } = await startRawServer(t);
  const client = new each.WebSocket(url, ['a']);
  const end = endOf(client);
  await (await next()).accept('Sec-WebSocket-Protocol:\r\n');

  assert.deepEqual(await end, ['error: Server sent an invalid subprotocol', 'close: 1006']);
});

testBoth('redirects are not followed by default', async (each, t) => {
  const http = createHttpServer();
  http.on('upgrade', (_, socket) => {
    socket.end('HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => http.close());
  // A TCP server that listens has an address of this kind.
  const client = new each.WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);

  assert.deepEqual(await endOf(client), ['error: Unexpected server response: 302', 'close: 1006']);
});

testBoth('a client ends TCP when both close frames were sent', async (each, t) => {
  const { url, next } = await startRawServer(t);
  const client = new each.WebSocket(url);
  const server = await next();
  await server.accept();
  await event(client, 'open');

  client.close(1000);
  assert.equal(await server.nextCloseCode(), 1000);
  server.send(bytes('88 02 03 e8'));

  await until(() => server.hasEnded, 'the end of the client');
  server.socket.end();
  assert.deepEqual(await closing(client), [1000, '']);
});

testBoth('a header that HTTP does not allow is refused at once', ({ WebSocket }) => {
  for (const headers of [{ Authorization: 'Bearer a\nb' }, { 'a b': 'c' }, { a: undefined }]) {
    assert.throws(
      () => new WebSocket('ws://127.0.0.1:1', { headers: headers as never }),
      TypeError,
    );
  }
});
