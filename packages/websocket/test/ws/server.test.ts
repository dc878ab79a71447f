/** Accepting clients, rejecting them, and closing a server. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { WebSocketServer } from 'ws';
import { KEY, RawPeer, upgradeRequest } from '../support/raw-peer.ts';
import { inTime, until } from '../support/wait.ts';
import { closing, event, type Implementation, open, pair, serve, testBoth } from './both.ts';

async function startHttp(t: TestContext) {
  const http = createServer((_, response) => response.end('plain'));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.after(() => http.close().closeAllConnections());
  // A TCP server that listens has an address of this kind.
  const { port } = http.address() as AddressInfo;
  return { http, port, url: `ws://127.0.0.1:${port}` };
}

/** The answer to a rejected upgrade request. */
async function rejectionOf(t: TestContext, port: number, request = upgradeRequest()) {
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());
  peer.send(request);
  return peer.nextAnswer();
}

/** The error of a rejected client. */
async function failureOf(
  each: Implementation,
  ...args: ConstructorParameters<typeof each.WebSocket>
): Promise<string> {
  const client = new each.WebSocket(...args);
  const [error] = await event(client, 'error');
  assert(error instanceof Error);
  return error.message;
}

testBoth('exactly one of port, server and noServer is given', ({ WebSocketServer }) => {
  const http = createServer();
  for (const options of [{}, { port: 0, noServer: true }, { noServer: true, server: http }]) {
    assert.throws(() => new WebSocketServer(options), TypeError);
  }
  assert.throws(() => new WebSocketServer(), TypeError);
});

testBoth('a port of its own answers plain requests with 426', async (each, t) => {
  const { port, server } = await serve(t, each);
  const address = server.address();

  const [response] = (await once(get({ port, host: '127.0.0.1' }), 'response')) as [
    IncomingMessage,
  ];

  response.resume();
  assert.equal(response.statusCode, 426);
  assert.equal(response.headers['content-length'], '16');
  assert.deepEqual(address, { address: '127.0.0.1', family: 'IPv4', port });
});

testBoth('a port in use is an error event', async (each, t) => {
  const { port } = await serve(t, each);
  const second = new each.WebSocketServer({ port, host: '127.0.0.1' });

  const [error] = await event(second, 'error');

  assert.equal((error as NodeJS.ErrnoException).code, 'EADDRINUSE');
});

testBoth('the callback of the constructor is called when the port is bound', async (each) => {
  await new Promise<void>((resolve) => {
    const server = new each.WebSocketServer({ port: 0, backlog: 10 }, () => {
      server.close(() => resolve());
    });
  });
});

testBoth('on an HTTP server it takes the upgrades and leaves the rest', async (each, t) => {
  const { http, port, url } = await startHttp(t);
  const server = new each.WebSocketServer({ server: http });
  const connection = event(server, 'connection');
  const client = await open(t, each, `${url}/some/path?q=1`);

  const [socket, request] = await connection;
  const [response] = (await once(get({ port, host: '127.0.0.1' }), 'response')) as [
    IncomingMessage,
  ];

  response.resume();
  assert(socket instanceof each.WebSocket);
  assert.equal((request as IncomingMessage).url, '/some/path?q=1');
  assert.equal(response.statusCode, 200);
  assert.deepEqual(server.address(), http.address());
  client.close();
  await closing(client);
  await new Promise((resolve) => server.close(resolve));
  assert.equal(http.listening, true);
  assert.equal(http.listenerCount('upgrade'), 0);
});

testBoth('without a server handleUpgrade gives the open socket', async (each, t) => {
  const { http, url } = await startHttp(t);
  const server = new each.WebSocketServer({ noServer: true });
  const seen: unknown[] = [];
  http.on('upgrade', (request, duplex, head) => {
    server.handleUpgrade(request, duplex, head, (socket, sameRequest) => {
      seen.push(socket.readyState, sameRequest === request);
      server.emit('connection', socket, request);
      socket.send('welcome');
    });
  });
  const client = new each.WebSocket(url);
  const [message] = await event(client, 'message');

  assert.equal(String(message), 'welcome');
  assert.deepEqual(seen, [1, true]);
  assert.throws(() => server.address(), /noServer/);
  client.close();
  await closing(client);
});

testBoth('a request that a program has created has only headers', async (each, t) => {
  const server = new each.WebSocketServer({ noServer: true });
  const [near, far] = duplexPair();
  t.after(() => near.destroy());
  const headers = {
    host: 'localhost',
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': KEY,
  };
  // Half of a request is enough.
  const request = { method: 'GET', url: '/', headers, socket: near } as unknown as IncomingMessage;
  const answer = event(far, 'data');

  server.handleUpgrade(request, near, Buffer.alloc(0), (socket) => socket.terminate());

  assert.match(String(await answer), /^HTTP\/1\.1 101 /);
});

testBoth('a path is compared without its query', async (each, t) => {
  const { url } = await serve(t, each, { path: '/chat' });

  await open(t, each, `${url}/chat?room=1`);

  assert.equal(await failureOf(each, `${url}/`), 'Unexpected server response: 400');
  assert.equal(await failureOf(each, `${url}/chat/`), 'Unexpected server response: 400');
});

testBoth('shouldHandle can be replaced', async (each, t) => {
  const { server, url } = await serve(t, each);
  server.shouldHandle = (request) => request.headers['x-ok'] === 'yes';

  await open(t, each, url, { headers: { 'X-Ok': 'yes' } });

  assert.equal(await failureOf(each, url), 'Unexpected server response: 400');
});

testBoth('headers shows the lines of the answer, and lets them be changed', async (each, t) => {
  const { server, url } = await serve(t, each);
  const seen: unknown[] = [];
  server.on('headers', (lines, request) => {
    seen.push(lines[0], request.url);
    lines.push('Set-Cookie: a=1', 'Set-Cookie: b=2');
  });
  const client = new each.WebSocket(`${url}/x`);
  t.after(() => client.terminate());

  const opening = event(client, 'open');

  const [response] = (await event(client, 'upgrade')) as [IncomingMessage];

  assert.deepEqual(seen, ['HTTP/1.1 101 Switching Protocols', '/x']);
  assert.deepEqual(response.headers['set-cookie'], ['a=1', 'b=2']);
  await opening;
});

testBoth('verifyClient may answer by its result', async (each, t) => {
  const infos: unknown[] = [];
  const { url } = await serve(t, each, {
    verifyClient: (info: { origin: string; secure: boolean; req: IncomingMessage }) => {
      infos.push([info.origin, info.secure, info.req.url]);
      return info.req.url === '/in';
    },
  });

  await open(t, each, `${url}/in`, { origin: 'https://chat.example' });

  assert.equal(await failureOf(each, `${url}/out`), 'Unexpected server response: 401');
  assert.deepEqual(infos[0], ['https://chat.example', false, '/in']);
});

testBoth('verifyClient may call back later, with status, body and headers', async (each, t) => {
  const { port, url } = await serve(t, each, {
    verifyClient: ({ req }, callback) => {
      setImmediate(() => {
        if (req.url === '/in') callback(true);
        else callback(false, 429, 'slowly', { 'Retry-After': '7' });
      });
    },
  });

  await open(t, each, `${url}/in`);

  const answer = await rejectionOf(t, port);
  assert.deepEqual(
    [answer.status, answer.body, answer.headers.get('retry-after')],
    [429, 'slowly', '7'],
  );
});

for (const verdict of [[null], [0], [401, null], [401, ''], [401, undefined, null]]) {
  testBoth(`verifyClient may refuse with ${JSON.stringify(verdict)}`, async (each, t) => {
    const { url } = await serve(t, each, {
      verifyClient: (_info, callback) => callback(false, ...(verdict as [])),
    });
    const client = new each.WebSocket(url);
    t.after(() => client.on('error', () => {}).terminate());

    const [, response] = (await event(client, 'unexpected-response')) as [unknown, IncomingMessage];

    assert.deepEqual([response.statusCode, response.statusMessage], [401, 'Unauthorized']);
    assert.equal(await text(response), 'Unauthorized');
  });
}

testBoth('header values of verifyClient are sent as their text', async (each, t) => {
  // `null` is not in the types, but in programs.
  const headers = { 'Retry-After': 30, 'X-None': null as never };
  const { port } = await serve(t, each, {
    verifyClient: (_info, callback) => callback(false, 429, 'slowly', headers),
  });

  const answer = await rejectionOf(t, port);

  const sent = ['retry-after', 'x-none'].map((name) => answer.headers.get(name));
  assert.deepEqual(sent, ['30', 'null']);
});

testBoth('no character of the application becomes a line end in the answer', async (each, t) => {
  // The low bytes are CR and LF.
  const value = 'a\u010d\u010aSet-Cookie: b=1';
  const refusing = await serve(t, each, {
    verifyClient: (_info, callback) => callback(false, 401, '', { 'X-Name': value }),
  });
  const accepting = await serve(t, each, { handleProtocols: () => value });
  accepting.server.on('headers', (lines) => lines.push(`X-Name: ${value}`));
  const choosing = await serve(t, each, { handleProtocols: () => value });
  const request = upgradeRequest({ 'Sec-WebSocket-Protocol': 'a' });
  for (const [port, names] of [
    [refusing.port, ['x-name']],
    [accepting.port, ['x-name', 'sec-websocket-protocol']],
    [choosing.port, ['sec-websocket-protocol']],
  ] as const) {
    const { headers } = await rejectionOf(t, port, request);

    assert.equal(headers.has('set-cookie'), false);
    for (const name of names) {
      assert.equal(Buffer.from(headers.get(name) ?? '', 'latin1').toString(), value);
    }
  }
});

testBoth('a client that leaves while it is verified is never announced', async (each, t) => {
  const asked: { readonly socket: Duplex; readonly verdict: (verified: boolean) => void }[] = [];
  const { port, sockets } = await serve(t, each, {
    verifyClient: (
      { req }: { readonly req: IncomingMessage },
      verdict: (verified: boolean) => void,
    ) => asked.push({ socket: req.socket, verdict }),
  });
  const peer = new RawPeer(port);
  peer.send(upgradeRequest());
  await until(() => asked.length === 1, 'the question');

  peer.socket.resetAndDestroy();
  await until(() => asked[0]?.socket.destroyed === true, 'the server to see it leave');
  asked[0]?.verdict(true);

  assert.equal(sockets.length, 0);
});

testBoth(
  'the first offered subprotocol is selected, unless handleProtocols selects another',
  async (each, t) => {
    const plain = await serve(t, each);
    const choosing = await serve(t, each, {
      handleProtocols: (offered, request) =>
        request.url === '/none' ? false : ([...offered].at(-1) ?? false),
    });
    const talk = async (url: string) => {
      const client = new each.WebSocket(url, ['a', 'b']);
      t.after(() => client.terminate());
      await event(client, 'open');
      return client.protocol;
    };

    assert.equal(await talk(plain.url), 'a');
    assert.equal(await talk(choosing.url), 'b');
    assert.equal(choosing.sockets[0]?.protocol, 'b');
    assert.equal(
      await failureOf(each, `${choosing.url}/none`, ['a']),
      'Server sent no subprotocol',
    );
    assert.equal((await open(t, each, plain.url)).protocol, '');
  },
);

testBoth('clients holds who is here, and is gone from it before close is told', async (each, t) => {
  const { server, client, socket } = await pair(t, each);
  assert.deepEqual([...server.clients], [socket]);
  const sizes: number[] = [];
  socket.on('close', () => sizes.push(server.clients.size));

  client.close();

  await closing(client);
  await until(() => sizes.length === 1, 'the close at the server');
  assert.deepEqual(sizes, [0]);
});

testBoth('without clientTracking there are no clients', async (each, t) => {
  const { server, client } = await pair(t, each, { clientTracking: false });

  assert.equal(server.clients, undefined);
  client.close();
  await closing(client);
});

const MALFORMED: Readonly<Record<string, readonly [status: number, request: string]>> = {
  'another method': [405, upgradeRequest({}, 'POST / HTTP/1.1')],
  'another protocol': [400, upgradeRequest({ Upgrade: 'h2c' })],
  'no key': [400, upgradeRequest({ 'Sec-WebSocket-Key': undefined })],
  'a key that is none': [400, upgradeRequest({ 'Sec-WebSocket-Key': 'x' })],
  'a malformed subprotocol': [400, upgradeRequest({ 'Sec-WebSocket-Protocol': 'a b' })],
};

for (const [name, [status, request]] of Object.entries(MALFORMED)) {
  testBoth(`a request with ${name} is answered with ${status}`, async (each, t) => {
    const { port } = await serve(t, each);

    assert.equal((await rejectionOf(t, port, request)).status, status);
  });
}

testBoth('who listens for wsClientError answers malformed requests', async (each, t) => {
  const { server, port } = await serve(t, each);
  const errors: unknown[] = [];
  server.on('wsClientError', (error, socket, request) => {
    errors.push([error instanceof Error, request.method]);
    socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n');
  });

  const answer = await rejectionOf(t, port, upgradeRequest({ 'Sec-WebSocket-Key': 'x' }));

  assert.equal(answer.status, 418);
  assert.deepEqual(errors, [[true, 'GET']]);
});

testBoth('the same socket cannot be upgraded twice', async (each, t) => {
  const { http, url } = await startHttp(t);
  const server = new each.WebSocketServer({ noServer: true });
  const errors: unknown[] = [];
  http.on('upgrade', (request, duplex, head) => {
    server.handleUpgrade(request, duplex, head, () => {});
    try {
      server.handleUpgrade(request, duplex, head, () => {});
    } catch (error) {
      errors.push(error);
    }
  });

  await open(t, each, url);

  assert.match(String(errors[0]), /called more than once with the same socket/);
});

testBoth('close keeps open clients, and calls back when the last one has left', async (each, t) => {
  const { http, url } = await startHttp(t);
  const server = new each.WebSocketServer({ server: http });
  const client = await open(t, each, url);
  const events: string[] = [];
  server.on('close', () => events.push('close'));
  server.close(() => events.push('callback'));

  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([events.length, client.readyState], [0, 1]);
  client.close();

  await until(() => events.length === 2, 'the end of the server');
  assert.deepEqual(events, ['close', 'callback']);
  await new Promise<void>((resolve) => {
    server.close((error) => {
      assert.match(String(error), /not running/);
      resolve();
    });
  });
});

testBoth('a server that closes answers upgrades with 503', async (each, t) => {
  const { http, url } = await startHttp(t);
  const server: WebSocketServer = new each.WebSocketServer({ noServer: true });
  http.on('upgrade', (request, duplex, head) => {
    server.handleUpgrade(request, duplex, head, () => {});
  });
  server.close();

  assert.equal(await failureOf(each, url), 'Unexpected server response: 503');
});

testBoth('a class of its own can extend the socket', async (each, t) => {
  class Named extends each.WebSocket {
    readonly label = 'mine';
  }
  // Required by the types of `ws`.
  const { socket } = await pair(t, each, { WebSocket: Named as unknown as typeof Named });

  assert(socket instanceof Named);
  assert.equal(socket.label, 'mine');
});

testBoth('a class of sockets is given what it needs to make others like it', async (each, t) => {
  const given: unknown[][] = [];
  class Told extends each.WebSocket {
    constructor(...rest: unknown[]) {
      super(rest[0] as null, ...(rest.slice(1) as []));
      given.push(rest);
    }
  }

  const { server } = await pair(t, each, { WebSocket: Told as unknown as typeof each.WebSocket });

  assert.deepEqual(
    given.map(([address, protocols, options]) => [address, protocols, options === server.options]),
    [[null, undefined, true]],
  );
});

testBoth(
  'a server closes although the application has emptied its set of clients',
  async (each, t) => {
    const { http, url } = await startHttp(t);
    const server = new each.WebSocketServer({ server: http });
    await open(t, each, url);

    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const client of server.clients) {
      client.terminate();
      server.clients.delete(client);
    }

    await inTime(closed, 'the end of the server');
  },
);

testBoth('the port may be the name of a pipe', async (each, t) => {
  const directory = await mkdtemp(join(tmpdir(), 'parley-pipe-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'socket');

  const server = new each.WebSocketServer({ port: path as never });
  t.after(() => server.close());
  await event(server, 'listening');

  assert.equal(server.address(), path);
});
