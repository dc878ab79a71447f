import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../../support/running-server.ts';
import { TestSocket } from '../../support/test-socket.ts';

describe('admission to /ws', () => {
  let server: TestServer;
  let token: string;
  let cookie: string;
  before(async () => {
    server = await TestServer.start({
      CORS_ORIGINS: 'https://chat.example',
      NATIVE_CONTENT_LENGTH_MAX: '700',
    });
    await server.register('alice');
    ({ token, cookie } = await server.login('alice'));
  });
  after(() => server.close());

  test('accepts the token in a cookie, a header, the query and a subprotocol', async () => {
    const carriers = [
      { path: '/ws', options: { headers: { cookie } } },
      { path: '/ws', options: { headers: { authorization: `Bearer ${token}` } } },
      { path: `/ws?token=${token}`, options: {} },
      { path: '/ws', options: { protocols: ['parley', `parley.token.${token}`] } },
    ];

    for (const { path, options } of carriers) {
      assert.equal(await server.upgradeStatus(path, options), 101);
    }
  });

  test('selects the subprotocol, and never echoes the token in it', async () => {
    const socket = new TestSocket(`ws://${server.host}/ws`, {
      protocols: ['parley', `parley.token.${token}`],
    });

    await socket.next('connection_established');

    assert.equal(socket.protocol, 'parley');
    socket.close();
  });

  test('messages have the length of the negotiated version', async () => {
    const cases = [
      { protocols: [], selected: '', lengthMax: 700 },
      { protocols: ['parley'], selected: 'parley', lengthMax: 700 },
      { protocols: ['parley', 'parley.v1'], selected: 'parley.v1', lengthMax: 10_000 },
      { protocols: ['parley.v1'], selected: 'parley.v1', lengthMax: 10_000 },
    ];
    for (const { protocols, selected, lengthMax } of cases) {
      const socket = new TestSocket(`ws://${server.host}/ws?token=${token}`, { protocols });
      const { contentLengthMax } = await socket.next('connection_established');
      assert.deepEqual([socket.protocol, contentLengthMax], [selected, lengthMax]);
      const { roomId } = await socket.joinRoom({ roomName: `lengths ${protocols}`.trim() });
      const longest = await socket.ask(
        'chat_message',
        { roomId, content: 'x'.repeat(lengthMax) },
        'message_ack',
      );
      const content = 'x'.repeat(lengthMax + 1);
      const edit = { roomId, messageId: longest.id, content };
      for (const [type, payload] of [
        ['chat_message', { roomId, content }],
        ['edit_message', edit],
      ] as const) {
        assert.equal((await socket.ask(type, payload, 'error')).code, 'VALIDATION_ERROR');
      }
      socket.close();
    }
  });

  test('tells the version and the capabilities of the server', async () => {
    const socket = new TestSocket(`ws://${server.host}/ws?token=${token}`);

    const { version, capabilities } = await socket.next('connection_established');

    assert.deepEqual([version, capabilities], ['test', ['streams']]);
    socket.close();
  });

  test('tells a client of another version which of the two to update', async () => {
    for (const [offered, part] of [
      ['parley.v2', 'server'],
      ['parley.v0', 'client'],
      ['parley.v2.streams', 'server'],
    ]) {
      const protocols = [offered ?? ''];
      const socket = new TestSocket(`ws://${server.host}/ws?token=${token}`, { protocols });
      const { code, reason } = await socket.closed;
      assert.equal(code, 1002);
      assert.match(reason, new RegExp(`server speaks version 1, .*: update the ${part}`));
    }
  });

  test('rejects a missing session with 401 over HTTP', async () => {
    const carriers = [
      { path: '/ws', options: {} },
      { path: '/ws', options: { headers: { authorization: 'Bearer nonsense' } } },
      { path: '/ws', options: { headers: { authorization: `Basic ${token}` } } },
      { path: '/ws?token=', options: {} },
      { path: '/ws', options: { headers: { cookie: cookie.replace(/.$/, 'x') } } },
      { path: '/ws', options: { headers: { cookie: `connect.sid=s%3A${token}.forged` } } },
      { path: '/ws', options: { headers: { cookie: `connect.sid=${token}` } } },
    ];

    for (const { path, options } of carriers) {
      assert.equal(await server.upgradeStatus(path, options), 401, JSON.stringify(options));
    }
  });

  test('rejects a session that has been logged out', async () => {
    const { token: gone, cookie: goneCookie } = await server.login('alice');
    await server.post('/logout', {}, { authorization: `Bearer ${gone}` });

    assert.equal(await server.upgradeStatus(`/ws?token=${gone}`), 401);
    assert.equal(await server.upgradeStatus('/ws', { headers: { cookie: goneCookie } }), 401);
  });

  test('rejects a foreign origin with 403 before it reads the session', async () => {
    for (const origin of ['https://evil.example', 'null', `http://${server.host}.evil.example`]) {
      const headers = { origin, cookie };
      assert.equal(await server.upgradeStatus('/ws', { headers }), 403, origin);
      assert.equal(await server.upgradeStatus('/ws', { headers: { origin } }), 403, origin);
    }
    const site = { 'sec-fetch-site': 'cross-site', cookie };
    assert.equal(await server.upgradeStatus('/ws', { headers: site }), 403);
  });

  test('accepts its own origin, a listed origin, and clients without one', async () => {
    for (const origin of [`http://${server.host}`, 'https://chat.example']) {
      const headers = { origin, cookie };
      assert.equal(await server.upgradeStatus('/ws', { headers }), 101, origin);
    }
    const site = { 'sec-fetch-site': 'same-origin', cookie };
    assert.equal(await server.upgradeStatus('/ws', { headers: site }), 101);
  });

  test('rejects an upgrade of any other path with 404', async () => {
    for (const path of ['/', '/ws/', '/ws/other', '/socket', '/WS']) {
      assert.equal(await server.upgradeStatus(path, { headers: { cookie } }), 404, path);
    }
  });

  test('sends session_expired and closes with 4001 when the session ends, and sends nothing else', async () => {
    const { token: own } = await server.login('alice');
    const [one, two] = [server.open(own), server.open(own)];
    await one.next('connection_established');
    await two.next('connection_established');

    await server.post('/logout', {}, { authorization: `Bearer ${own}` });

    for (const socket of [one, two]) {
      await socket.next('session_expired');
      assert.deepEqual(await socket.closed, { code: 4001, reason: 'Logged out' });
    }
  });

  test('closes the connection of a session that expires', async () => {
    const short = await TestServer.start({ SESSION_TTL_MS: '1000' });
    const socket = await short.connect('bob');

    await socket.next('session_expired');

    assert.equal((await socket.closed).code, 4001);
    await short.close();
  });

  test('closes every connection with 1001 when the server stops', async () => {
    const stopping = await TestServer.start();
    const [bob, carol] = [await stopping.connect('bob'), await stopping.connect('carol')];

    await stopping.close();

    assert.equal((await bob.closed).code, 1001);
    assert.equal((await carol.closed).code, 1001);
  });
});
