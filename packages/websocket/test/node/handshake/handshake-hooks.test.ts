/** The application's decisions about an upgrade, and what happens while it decides. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import {
  type Admission,
  type EngineRejection,
  type HandshakeError,
  type ServerFailure,
  WebSocketError,
} from '../../../src/index.ts';
import { bareUpgradeRequest } from '../../support/bare-request.ts';
import { text } from '../../support/bytes.ts';
import { handshakesOf } from '../../support/handshake-counts.ts';
import { RawPeer, type RequestChange, upgradeRequest } from '../../support/raw-peer.ts';
import {
  echo,
  startServer,
  startServerWithClock,
  type TestServer,
} from '../../support/test-server.ts';
import { turns, until } from '../../support/wait.ts';

/** Sends an upgrade and leaves the response to the test. */
function ask({ connect }: TestServer, change?: RequestChange, startLine?: string): RawPeer {
  const peer = connect();
  peer.send(upgradeRequest(change, startLine));
  return peer;
}

async function statusOf(peer: RawPeer): Promise<number> {
  return (await peer.nextAnswer()).status;
}

function codeOf({ error }: ServerFailure): string | undefined {
  return error instanceof WebSocketError ? error.code : undefined;
}

/** An `authorize` that returns when the test decides. */
function slowAuthorize<M>() {
  const asked: IncomingMessage[] = [];
  let answer: (admission: Admission<M>) => void = () => undefined;
  const authorize = (request: IncomingMessage) => {
    asked.push(request);
    return new Promise<Admission<M>>((resolve) => {
      answer = resolve;
    });
  };
  return { asked, authorize, answer: (admission: Admission<M>) => answer(admission) };
}

test('paths outside of the list get 404, whatever the query', async (t) => {
  const on = await startServer(t, { paths: ['/ws'] });

  assert.equal(await statusOf(ask(on, {}, 'GET /ws?token=1 HTTP/1.1')), 101);
  assert.equal(await statusOf(ask(on, {}, 'GET /ws/ HTTP/1.1')), 404);
  assert.equal(await statusOf(ask(on, {}, 'GET / HTTP/1.1')), 404);
});

test('an origin that is not in the list gets 403 with a neutral text', async (t) => {
  const on = await startServer(t, { allowedOrigins: ['https://chat.example'] });

  assert.equal(await statusOf(ask(on, { Origin: 'https://chat.example' })), 101);
  assert.equal(await statusOf(ask(on)), 101);
  const rejected = await ask(on, { Origin: 'https://evil.example' }).nextAnswer();
  assert.equal(rejected.status, 403);
  assert.doesNotMatch(rejected.body, /origin/i);
});

test('two origins match no origin of the list', async (t) => {
  const on = await startServer(t, { allowedOrigins: ['https://a.example'] });

  const peer = ask(on, { Origin: ['https://a.example', 'https://a.example'] });

  assert.equal(await statusOf(peer), 403);
});

test('a hook decides about origins, and about requests without one', async (t) => {
  const seen: (string | undefined)[] = [];
  const on = await startServer(t, {
    isOriginAllowed: (origin) => {
      seen.push(origin);
      return origin !== undefined;
    },
  });

  assert.equal(await statusOf(ask(on, { Origin: 'https://a.example' })), 101);
  assert.equal(await statusOf(ask(on)), 403);
  assert.deepEqual(seen, ['https://a.example', undefined]);
});

test("the server's first subprotocol that was offered is chosen", async (t) => {
  const on = await startServer(t, { protocols: ['v2', 'v1'] });

  const answer = await ask(on, { 'Sec-WebSocket-Protocol': 'v1, v2' }).nextAnswer();

  assert.equal(answer.headers.get('sec-websocket-protocol'), 'v2');
  assert.equal(on.connections[0]?.protocol, 'v2');
});

test('without a common subprotocol the response names none', async (t) => {
  const on = await startServer(t, { protocols: ['v2'] });

  const answer = await ask(on, { 'Sec-WebSocket-Protocol': 'v1' }).nextAnswer();

  assert.equal(answer.status, 101);
  assert.equal(answer.headers.has('sec-websocket-protocol'), false);
  assert.equal(on.connections[0]?.protocol, '');
});

test('a hook may choose the subprotocol, but only an offered one', async (t) => {
  let choice: string | undefined = 'parley';
  const on = await startServer(t, { selectProtocol: () => choice });
  const offer = { 'Sec-WebSocket-Protocol': 'parley, parley.token.abc' };

  const answer = await ask(on, offer).nextAnswer();
  assert.equal(answer.headers.get('sec-websocket-protocol'), 'parley');

  choice = 'other';
  assert.equal(await statusOf(ask(on, offer)), 500);
  assert.equal(on.errors.length, 1);
});

test("authorize sets the connection's metadata, and headers of the 101", async (t) => {
  const on = await startServer<{ user: string }>(t, {
    authorize: () => ({
      accept: true,
      metadata: { user: 'alice' },
      headers: { 'Set-Cookie': 'a=b' },
    }),
  });

  const answer = await ask(on).nextAnswer();

  assert.equal(answer.headers.get('set-cookie'), 'a=b');
  assert.equal(on.connections[0]?.metadata.user, 'alice');
});

test('headers of authorize with several values get a line each', async (t) => {
  const headers = { 'Set-Cookie': ['a=1; Path=/', 'b=2'], 'X-None': [], 'X-One': 'c' };
  for (const answer of [
    { accept: true, headers },
    { accept: false, status: 401, headers },
  ] as const) {
    const on = await startServer(t, { authorize: () => answer });
    const peer = ask(on);
    let received = '';
    peer.socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });

    await peer.nextAnswer();

    const own = received.split('\r\n').filter((line) => /^(set-cookie|x-)/i.test(line));
    assert.deepEqual(own, ['Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2', 'X-One: c']);
  }
});

test('authorize rejects with its own status, headers, body and type', async (t) => {
  const on = await startServer(t, {
    authorize: async () => ({
      accept: false,
      status: 401,
      headers: { 'WWW-Authenticate': 'Bearer' },
      body: '{"error":"é"}',
      contentType: 'application/json',
    }),
  });
  const refusals: HandshakeError[] = [];
  on.server.on('upgradeRefused', (error) => refusals.push(error));

  const peer = ask(on);
  const answer = await peer.nextAnswer();

  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
  assert.equal(answer.headers.get('content-type'), 'application/json');
  assert.equal(answer.body, '{"error":"é"}');
  await peer.end();
  assert.equal(refusals[0]?.reason, 'authorize');
  assert.equal(on.server.getStats().opened, 0);
});

test('formatRejection gives all rejections of the engine a format, also those that HTTP finds', async (t) => {
  const formatRejection = ({ reason, status, headers, text: body }: EngineRejection) => ({
    body: JSON.stringify({ reason, status, body, allow: headers['Allow'] }),
    contentType: 'application/json',
  });
  const authorize = () => ({ accept: false, status: 401, body: 'own' }) as const;
  const on = await startServer(t, { formatRejection, authorize, paths: ['/'] });
  for (const [change, startLine, reason, status] of [
    [{ 'Sec-WebSocket-Version': '8' }, undefined, 'version', 426],
    [{ Upgrade: undefined, Connection: undefined }, undefined, 'upgrade', 400],
    [{}, 'POST / HTTP/1.1', 'method', 405],
    [{}, 'GET /other HTTP/1.1', 'path', 404],
  ] as const) {
    const { headers, ...answer } = await ask(on, change, startLine).nextAnswer();

    assert.equal(answer.status, status);
    assert.equal(headers.get('content-type'), 'application/json');
    const { body, ...told } = JSON.parse(answer.body);
    assert.deepEqual(told, { reason, status, ...(status === 405 && { allow: 'GET' }) });
    assert.equal(typeof body, 'string');
    assert.equal(headers.get('sec-websocket-version'), status === 426 ? '13' : undefined);
  }
  const peer = on.connect();
  peer.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.equal(JSON.parse((await peer.nextAnswer()).body).status, 426);
  // The application has chosen this body itself.
  assert.equal((await ask(on).nextAnswer()).body, 'own');
});

test('a formatRejection that fails is reported, and the client gets the plain text', async (t) => {
  const failing = [
    () => assert.fail('a fault of the hook'),
    () => undefined,
    async () => ({ body: '', contentType: 'text/html' }),
    () => ({ body: 5, contentType: 'text/html' }),
    () => ({ body: '', contentType: 'a\r\nX-A: b' }),
  ];
  for (const formatRejection of failing as (() => never)[]) {
    const on = await startServer(t, { formatRejection });

    const answer = await ask(on, { 'Sec-WebSocket-Version': '8' }).nextAnswer();

    assert.equal(answer.status, 426);
    assert.equal(answer.body, 'The version of the WebSocket protocol is 13');
    assert.equal(on.errors.length, 1);
  }
});

test('authorize is called last: rejected upgrades do not reach it', async (t) => {
  const { authorize, asked } = slowAuthorize();
  const on = await startServer(t, { authorize, paths: ['/ws'], allowedOrigins: [] });

  await ask(on).nextAnswer();
  await ask(on, { Origin: 'https://a.example' }, 'GET /ws HTTP/1.1').nextAnswer();
  await ask(on, { 'Sec-WebSocket-Key': 'x' }, 'GET /ws HTTP/1.1').nextAnswer();

  assert.equal(asked.length, 0);
});

test('a hook that throws, rejects or returns an invalid value gives 500 with a neutral text', async (t) => {
  const hooks = [
    { isOriginAllowed: () => fail() },
    { authorize: () => fail() },
    { authorize: async () => fail() },
    { authorize: () => ({ accept: false, status: 200 }) as const },
    { authorize: () => ({ accept: true, headers: { 'X-A': 'a\r\nb' } }) as const },
    { authorize: () => ({ accept: true, headers: { 'X-A': ['a', 'b\n'] } }) as const },
    { authorize: () => ({ accept: true, headers: { Upgrade: 'h2c' } }) as const },
    { authorize: () => ({ accept: false, status: 401, contentType: 'a\r\nX-A: b' }) as const },
    // Latin-1 would send their lower bytes, CR and LF.
    {
      authorize: () => ({ accept: false, status: 401, contentType: 'a\u010d\u010aX: b' }) as const,
    },
  ];
  for (const hook of hooks) {
    const on = await startServer(t, hook);

    const answer = await ask(on).nextAnswer();

    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.body, /secret/);
    assert.equal(on.errors.length, 1);
    assert.equal(on.server.getStats().opened, 0);
  }

  function fail(): never {
    throw new Error('secret');
  }
});

test('a hook that returns nothing, or an invalid answer, accepts no client', async (t) => {
  const said: unknown[] = [undefined, null, true, {}, { accept: 1 }, { accept: 'false' }];
  for (const authorize of said.flatMap((each) => [() => each, async () => each])) {
    const on = await startServer(t, { authorize: authorize as () => never });

    assert.equal(await statusOf(ask(on)), 500);
    assert.equal(on.server.getStats().opened, 0);
    assert.deepEqual(on.errors.map(codeOf), ['INVALID_ARGUMENT']);
    assert.equal(on.errors[0]?.severity, 'error');
  }
});

test('header values, types and bodies that are not strings get 500, and are reported', async (t) => {
  const said = [
    { accept: true, headers: { 'X-A': null } },
    { accept: true, headers: { 'X-A': [5] } },
    { accept: false, status: 401, headers: { 'X-A': {} } },
    { accept: false, status: 401, contentType: null },
    { accept: false, status: 401, body: 5 },
  ];
  for (const answer of said) {
    // As JavaScript would pass it.
    const on = await startServer(t, { authorize: (() => answer) as () => never });

    assert.equal(await statusOf(ask(on)), 500);
    assert.deepEqual(on.errors.map(codeOf), ['INVALID_ARGUMENT']);
  }
});

test('isOriginAllowed and selectProtocol must answer at once: a promise accepts no client', async (t) => {
  const promises = [async () => true, async () => assert.fail('a fault of the hook')];
  const said = [() => undefined, () => 1, ...promises] as (() => never)[];
  for (const hooks of [
    ...said.map((isOriginAllowed) => ({ isOriginAllowed })),
    ...said.slice(1).map((selectProtocol) => ({ selectProtocol })),
  ]) {
    const on = await startServer(t, hooks);

    assert.equal(await statusOf(ask(on, { 'Sec-WebSocket-Protocol': 'a' })), 500);
    assert.match(String(on.errors[0]?.error), new RegExp(Object.keys(hooks).join()));
    assert.deepEqual(on.errors.map(codeOf), ['INVALID_ARGUMENT']);
  }
});

test('frames that arrive while authorize runs wait for the 101', async (t) => {
  const { authorize, asked, answer } = slowAuthorize();
  const on = await startServer(t, { authorize });
  on.server.on('connection', echo);
  const peer = ask(on);
  await until(() => asked.length === 1);

  peer.send(text('early'));
  await turns(20);
  answer({ accept: true });

  assert.equal(await statusOf(peer), 101);
  assert.equal(await peer.nextText(), 'early');
});

test('a client that leaves while authorize runs is never announced', async (t) => {
  const { authorize, asked, answer } = slowAuthorize();
  const on = await startServer(t, { authorize });
  const peer = ask(on);
  await until(() => asked.length === 1);

  peer.destroy();
  await until(() => on.server.getStats().byState.CONNECTING === 0);
  answer({ accept: true });
  await turns();

  assert.deepEqual([on.connections, on.closes], [[], []]);
});

test('a client that has left before its upgrade is handled is never announced', async (t) => {
  const { authorize, asked } = slowAuthorize();
  const on = await startServer(t, { authorize });
  for (const leave of [destroyed, halfClosed]) {
    const [near, far] = duplexPair();
    await leave(near, far);

    const handed = on.server.handleUpgrade(bareUpgradeRequest(), near, Buffer.alloc(0));

    assert.equal(await handed, undefined);
    assert.equal(near.destroyed, true);
  }
  assert.equal(asked.length, 0);
  assert.deepEqual([on.connections, on.server.manager.size], [[], 0]);
  assert.equal(on.server.getStats().opened, 0);
  assert.deepEqual(handshakesOf(on), { gone: 2 });

  async function destroyed(near: Duplex): Promise<void> {
    near.destroy();
    await once(near, 'close');
  }

  async function halfClosed(near: Duplex, far: Duplex): Promise<void> {
    near.resume();
    far.end();
    await once(near, 'end');
  }
});

for (const end of ['destroy', 'end'] as const) {
  test(`a hook that accepts, but calls ${end} of the socket, frees its slot`, async (t) => {
    const sockets: Duplex[] = [];
    const on = await startServer(t, {
      authorize: () => {
        for (const socket of sockets) socket[end]();
        return { accept: true };
      },
    });
    const [near] = duplexPair();
    sockets.push(near);

    const handed = on.server.handleUpgrade(bareUpgradeRequest(), near, Buffer.alloc(0));

    assert.equal(await handed, undefined);
    await until(() => on.server.manager.size === 0, 'the place');
    assert.deepEqual([on.connections, handshakesOf(on)], [[], { gone: 1 }]);
  });
}

test('an upgrade that other code has answered is not announced, and its response arrives', async (t) => {
  const on = await startServer(t);
  const [near, far] = duplexPair();
  near.end('HTTP/1.1 400 Bad Request');

  const handed = on.server.handleUpgrade(bareUpgradeRequest(), near, Buffer.alloc(0));

  assert.equal(await handed, undefined);
  assert.equal(String((await far.toArray())[0]), 'HTTP/1.1 400 Bad Request');
  assert.deepEqual([on.connections, handshakesOf(on)], [[], { gone: 1 }]);
});

test('the arguments of handleUpgrade may be missing: a head is optional, a socket is reported', async (t) => {
  const { server, errors } = await startServer(t, { maxConnectionsPerIp: 1 });
  const request = Object.assign(bareUpgradeRequest(), { socket: { remoteAddress: '192.0.2.1' } });
  const missing = undefined as never;

  assert.equal(await server.handleUpgrade(request, missing, Buffer.alloc(0)), undefined);
  assert.equal(await server.adopt(missing, request), undefined);
  assert.deepEqual(errors.map(codeOf), ['INVALID_ARGUMENT', 'INVALID_ARGUMENT']);
  // An endpoint that cannot be created returns the slot of its address.
  assert.equal(await server.handleUpgrade(request, duplexPair()[0], null as never), undefined);
  assert.equal(errors.length, 3);
  const connection = await server.handleUpgrade(request, duplexPair()[0]);

  assert.equal(connection?.state, 'OPEN');
});

test('the time limit includes authorize: 408, and its answer comes too late', async (t) => {
  const { authorize, asked, answer } = slowAuthorize();
  const on = await startServerWithClock(t, { authorize });
  const peer = ask(on);
  await until(() => asked.length === 1);

  on.clock.advance(4_999);
  assert.equal(on.server.getStats().byState.CONNECTING, 1);
  on.clock.advance(1);

  assert.equal(await statusOf(peer), 408);
  answer({ accept: true });
  await turns();
  assert.deepEqual(on.connections, []);
  assert.equal(on.server.getStats().byState.CONNECTING, 0);
});

test('above maxConnections the response is 503 with Retry-After, until a connection ends', async (t) => {
  const on = await startServer(t, { maxConnections: 2 });
  const alice = await on.open();
  await on.open();

  const rejected = await ask(on).nextAnswer();
  assert.equal(rejected.status, 503);
  assert.match(rejected.headers.get('retry-after') ?? '', /^\d+$/);

  alice.peer.destroy();
  await until(() => on.server.connections.size === 1);
  assert.equal(await statusOf(ask(on)), 101);
});

test('handshakes that wait count against maxConnections', async (t) => {
  const { authorize, asked } = slowAuthorize();
  const on = await startServer(t, { authorize, maxConnections: 1 });
  ask(on);
  await until(() => asked.length === 1);

  assert.equal(await statusOf(ask(on)), 503);
});

test('a rejected handshake frees its slot at once', async (t) => {
  const on = await startServer(t, {
    maxConnections: 1,
    authorize: () => ({ accept: false, status: 401 }),
  });

  // None of these ends its side, so each socket stays open for a while.
  for (let count = 0; count < 5; count += 1) assert.equal(await statusOf(ask(on)), 401);
});

test('a rejected client that does not leave is cut eventually', async (t) => {
  const on = await startServerWithClock(t);
  const peer = ask(on, { 'Sec-WebSocket-Key': 'x' });
  await peer.nextAnswer();
  await peer.end();

  on.clock.advance(5_000);

  await until(() => {
    peer.send('more');
    return peer.error !== undefined;
  }, 'the reset');
});

test('hooks of one call take precedence over those of the server', async (t) => {
  const on = await startServer(t, {
    authorize: () => ({ accept: false, status: 401 }),
  });
  const httpServer = createServer().listen(0, '127.0.0.1');
  httpServer.on('upgrade', (request, socket, head) => {
    void on.server.handleUpgrade(request, socket, head, { authorize: () => ({ accept: true }) });
  });
  t.after(() => httpServer.close());
  await new Promise((resolve) => httpServer.once('listening', resolve));
  const address = httpServer.address();
  assert(address !== null && typeof address === 'object');

  assert.equal(await statusOf(ask(on)), 401);
  const other = new RawPeer(address.port);
  t.after(() => other.destroy());
  other.send(upgradeRequest());
  assert.equal(await statusOf(other), 101);
});

test('no connection is announced once the server ends, however soon after authorize', async (t) => {
  const statuses = new Set<number>();
  for (let microtasks = 0; microtasks < 8; microtasks += 1) {
    let permit = () => {};
    const permission = new Promise<void>((resolve) => {
      permit = resolve;
    });
    const asked: unknown[] = [];
    const on = await startServer(t, {
      authorize: async (request) => {
        asked.push(request);
        await permission;
        return { accept: true };
      },
    });
    on.server.on('connection', () => assert.equal(on.server.isDraining, false));
    const peer = ask(on);
    await until(() => asked.length === 1);
    const shutDown = async () => {
      await permission;
      for (let count = 0; count < microtasks; count += 1) await undefined;
      return on.server.manager.shutdown();
    };
    const done = shutDown();

    permit();

    statuses.add(await statusOf(peer));
    peer.destroy();
    await done;
    assert.deepEqual(on.errors, []);
  }
  assert.deepEqual(statuses, new Set([503, 101]));
});

test('the signal of authorize is aborted when the client leaves, the time is over, or the server ends', async (t) => {
  const signals: AbortSignal[] = [];
  const { clock, server, connect, errors } = await startServerWithClock<unknown>(t, {
    handshakeTimeout: 5_000,
    authorize: (_request, { signal }) => {
      signals.push(signal);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
  });
  const send = async () => {
    const peer = connect();
    peer.send(upgradeRequest());
    const count = signals.length;
    await until(() => signals.length > count, 'the question');
    return peer;
  };

  (await send()).destroy();
  await until(() => signals[0]?.aborted === true, 'the end of the first');
  await send();
  assert.equal(signals[1]?.aborted, false);
  clock.advance(5_000);
  await until(() => signals[1]?.aborted === true, 'the end of the second');
  await send();
  void server.shutdown();
  await until(() => signals[2]?.aborted === true, 'the end of the third');
  await turns(2);
  // A rejection with the reason of the signal is no error.
  assert.deepEqual(errors, []);
});

test('upgrades that wait for authorize add no listeners to a signal, and are rejected at departure', async (t) => {
  const { server } = await startServer(t, { authorize: () => new Promise(() => undefined) });
  const addListener = t.mock.method(EventTarget.prototype, 'addEventListener');
  const statuses: number[] = [];
  const reject = ({ status }: { readonly status: number }) => statuses.push(status);
  const handed = Array.from({ length: 3 }, () =>
    server.adopt(duplexPair()[0], bareUpgradeRequest(), { reject }),
  );
  assert.equal(addListener.mock.callCount(), 0);

  await server.shutdown();

  assert.deepEqual(await Promise.all(handed), [undefined, undefined, undefined]);
  assert.deepEqual(statuses, [503, 503, 503]);
});

test('the signal of a client that is accepted is not aborted', async (t) => {
  let signal: AbortSignal | undefined;
  const { open } = await startServer(t, {
    authorize: (_request, context) => {
      signal = context.signal;
      return { accept: true };
    },
  });

  const { connection } = await open();
  await turns(5);

  assert.equal(signal?.aborted, false);
  assert.equal(connection.state, 'OPEN');
});
