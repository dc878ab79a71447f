/** Clients that follow redirects, and what each server gets to see. */
import assert from 'node:assert/strict';
import type { ClientRequest } from 'node:http';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closing, event, type Implementation, serve, testBoth } from './both.ts';

type Test = Parameters<typeof testBoth>[1] extends (_: never, t: infer T) => unknown ? T : never;

/** A server that redirects all upgrades, and keeps the headers of each. */
async function startRedirects(t: Test, location: (url: string, port: number) => string) {
  const seen: IncomingHttpHeaders[] = [];
  const http = createServer();
  http.on('upgrade', ({ headers, url = '' }, socket) => {
    seen.push(headers);
    const target = location(url, port);
    socket.end(`HTTP/1.1 302 Found\r\nLocation: ${target}\r\nContent-Length: 0\r\n\r\n`);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => http.close());
  // A TCP server that listens has an address of this kind.
  const { port } = http.address() as AddressInfo;
  return { url: `ws://127.0.0.1:${port}`, seen, port };
}

/** The destination: a server that keeps the headers of its clients. */
async function startDestination(t: Test, each: Implementation) {
  const running = await serve(t, each);
  const seen: IncomingHttpHeaders[] = [];
  running.server.on('connection', (_, { headers }) => seen.push(headers));
  return { ...running, seen };
}

const SECRETS = { authorization: 'Bearer token', Cookie: 'a=1', 'X-Other': 'kept' };

testBoth('a redirect is followed, and url is then the new address', async (each, t) => {
  const { url: target, seen } = await startDestination(t, each);
  const { url } = await startRedirects(t, () => `${target.replace('ws:', 'http:')}/new?a=b`);
  const client = new each.WebSocket(`${url}/old`, ['chat'], {
    followRedirects: true,
    headers: { 'X-Other': 'kept' },
    origin: 'https://a.example',
  });
  t.after(() => client.terminate());

  await event(client, 'open');

  assert.equal(client.url, `${target}/new?a=b`);
  assert.deepEqual(
    [seen[0]?.['x-other'], seen[0]?.origin, client.protocol],
    ['kept', 'https://a.example', 'chat'],
  );
});

testBoth('another host gets no Authorization, Cookie and Host of the caller', async (each, t) => {
  const destination = await startDestination(t, each);
  const { url, seen } = await startRedirects(t, () => destination.url);
  const headers = { ...SECRETS, Host: 'first.example' };

  const client = new each.WebSocket(url, { followRedirects: true, headers });
  t.after(() => client.terminate());
  await event(client, 'open');

  const { authorization, cookie, host } = seen[0] ?? {};
  assert.deepEqual([authorization, cookie, host], ['Bearer token', 'a=1', 'first.example']);
  const got = destination.seen[0] ?? {};
  assert.equal(got.host, destination.url.replace('ws://', ''));
  assert.deepEqual([got.authorization, got.cookie, got['x-other']], [undefined, undefined, 'kept']);
});

testBoth(
  'credentials of an address stay with its host, also those of Location',
  async (each, t) => {
    const destination = await startDestination(t, each);
    const { url, seen } = await startRedirects(t, (path, port) =>
      path === '/' ? `http://127.0.0.1:${port}/again` : destination.url.replace('//', '//c:d@'),
    );

    const client = new each.WebSocket(url.replace('//', '//a%20b:c@'), { followRedirects: true });
    t.after(() => client.terminate());
    await event(client, 'open');

    const basic = `Basic ${Buffer.from('a b:c').toString('base64')}`;
    assert.deepEqual(
      seen.map(({ authorization }) => authorization),
      [basic, basic],
    );
    assert.equal(destination.seen[0]?.authorization, undefined);
  },
);

testBoth('the option auth stays with the first host', async (each, t) => {
  const destination = await startDestination(t, each);
  const { url, seen } = await startRedirects(t, () => destination.url);

  const client = new each.WebSocket(url, { followRedirects: true, auth: 'a:b' });
  t.after(() => client.terminate());
  await event(client, 'open');

  assert.equal(seen[0]?.authorization, `Basic ${Buffer.from('a:b').toString('base64')}`);
  assert.equal(destination.seen[0]?.authorization, undefined);
});

testBoth(
  'a listener for redirect decides about the headers of the new request',
  async (each, t) => {
    const destination = await startDestination(t, each);
    const { url } = await startRedirects(t, () => destination.url);
    const client = new each.WebSocket(url, { followRedirects: true, headers: SECRETS });
    t.after(() => client.terminate());
    const told: unknown[] = [];
    client.on('redirect', (target: string, request: ClientRequest) => {
      told.push([target, client.url, client.readyState]);
      request.removeHeader('cookie');
    });

    await event(client, 'open');

    const target = `${destination.url}/`;
    assert.deepEqual(told, [[target, target, 0]]);
    const { authorization, cookie } = destination.seen[0] ?? {};
    assert.deepEqual([authorization, cookie], ['Bearer token', undefined]);
  },
);

testBoth('redirects end at maxRedirects, which is 10 by default', async (each, t) => {
  for (const [options, count] of [
    [{}, 11],
    [{ maxRedirects: 1 }, 2],
    [{ maxRedirects: 0 }, 1],
  ] as const) {
    const { url, seen } = await startRedirects(t, () => '/again');
    const client = new each.WebSocket(url, { followRedirects: true, ...options });
    const failure = event(client, 'error');
    const end = closing(client);

    assert.equal(String((await failure)[0]), 'Error: Maximum redirects exceeded');
    assert.deepEqual(await end, [1_006, '']);
    assert.equal(seen.length, count);
  }
});

testBoth('an address that cannot be followed is an error, not an exception', async (each, t) => {
  for (const [location, text] of [
    ['http://', 'Invalid URL: http://'],
    ['ftp://a/', "The URL's protocol must be one of"],
    ['/a#b', 'The URL contains a fragment identifier'],
  ] as const) {
    const { url } = await startRedirects(t, () => location);
    const client = new each.WebSocket(url, { followRedirects: true });
    const failure = event(client, 'error');
    const end = closing(client);

    const [error] = await failure;
    assert(error instanceof SyntaxError, location);
    assert(error.message.startsWith(text), error.message);
    assert.deepEqual(await end, [1_006, '']);
  }
});

testBoth('other responses are unexpected ones, also with followRedirects', async (each, t) => {
  for (const head of ['401 Unauthorized\r\nLocation: /a', '304 Not Modified']) {
    const http = createServer();
    http.on('upgrade', (_, socket) => {
      socket.end(`HTTP/1.1 ${head}\r\nContent-Length: 0\r\n\r\n`);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    t.after(() => http.close());
    // A TCP server that listens has an address of this kind.
    const { port } = http.address() as AddressInfo;
    const client = new each.WebSocket(`ws://127.0.0.1:${port}`, { followRedirects: true });

    const [error] = await event(client, 'error');

    assert.match(String(error), new RegExp(`Unexpected server response: ${head.slice(0, 3)}`));
  }
});

testBoth('a client that closes during a redirect does not open', async (each, t) => {
  const { url: target, sockets } = await serve(t, each);
  const { url } = await startRedirects(t, () => target);
  const client = new each.WebSocket(url, { followRedirects: true });
  client.on('redirect', () => client.close());
  const failure = event(client, 'error');
  const end = closing(client);

  assert.match(String((await failure)[0]), /closed before the connection was established/);
  assert.deepEqual(await end, [1_006, '']);
  assert.equal(sockets.length, 0);
});

testBoth('finishRequest ends the request, after it has changed it', async (each, t) => {
  const { url, seen } = await startDestination(t, each);
  const passed: unknown[] = [];
  const client = new each.WebSocket(url, {
    finishRequest: (request, socket) => {
      passed.push(socket);
      request.setHeader('X-Other', 'set');
      setImmediate(() => request.end());
    },
  });
  t.after(() => client.terminate());

  await event(client, 'open');

  assert.deepEqual(passed, [client]);
  assert.equal(seen[0]?.['x-other'], 'set');
});
