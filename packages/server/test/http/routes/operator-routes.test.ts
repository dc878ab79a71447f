/** `GET /metrics` and `GET /debug/connections` of a whole server. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { io } from 'socket.io-client';
import type { Account } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/wait.ts';

const TOKEN = 'a-token-of-the-scraper';
/** As a proxy on this machine would send them. */
const REMOTE = { 'x-forwarded-for': '192.0.2.7' };

describe('GET /metrics', () => {
  let server: TestServer;
  let alice: Account;
  before(async () => {
    server = await TestServer.start({ METRICS_TOKEN: TOKEN });
    alice = await server.signUp('alice');
  });
  after(() => server.close());

  const scrape = async (headers: Record<string, string> = {}) => {
    const answer = await fetch(`${server.url}/metrics`, { headers });
    return {
      status: answer.status,
      type: answer.headers.get('content-type'),
      text: await answer.text(),
    };
  };
  /** Value of a sample by its name and labels; labels may be a part of them. */
  const sampleOf = async (name: string, labels: Record<string, string> = {}) => {
    const { text } = await scrape();
    const line = text.split('\n').find((each) => {
      const [, found = '', all = ''] = /^(\w+)(?:\{(.*)\})? /.exec(each) ?? [];
      return (
        found === name &&
        Object.entries(labels).every(([key, value]) => all.includes(`${key}="${value}"`))
      );
    });
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
  };

  test('serves this machine and holders of the token, and no other client', async () => {
    const local = await scrape();
    assert.equal(local.status, 200);
    assert.match(local.type ?? '', /^text\/plain; version=0\.0\.4/);
    assert.equal((await scrape({ ...REMOTE, authorization: `Bearer ${TOKEN}` })).status, 200);
    for (const headers of [
      REMOTE,
      { ...REMOTE, authorization: 'Bearer another' },
      { 'x-real-ip': '192.0.2.7' },
      { via: '1.1 proxy' },
      { ...REMOTE, authorization: `Bearer ${TOKEN}x` },
    ]) {
      assert.equal((await scrape(headers)).status, 401, JSON.stringify(headers));
    }
  });

  test('is text of families with one head each, whose samples are numbers', async () => {
    const { text } = await scrape();

    const heads = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    assert.equal(new Set(heads).size, heads.length);
    for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
      assert.match(line, /^[a-z_]+(\{([a-z_]+="[^"\n]*",?)*\})? -?\d[\d.e+-]*$/);
    }
  });

  test('counts connections and commands of every dialect, and requests by route', async () => {
    const native = await alice.connect();
    const { roomId } = await native.joinRoom({ roomName: 'lobby' });
    await native.sendMessage({ roomId, content: 'hello' });
    native.send('no_such_command', { text: 'x' });
    await native.next('error');
    const socketio = io(server.url, {
      extraHeaders: { cookie: alice.cookie },
      transports: ['websocket'],
    });
    await socketio.emitWithAck('room:list', {});
    await alice.call('GET', '/api/conversations');
    await alice.call('GET', '/api/channels/no-such-channel/messages');

    assert.equal(await sampleOf('parley_connections', { dialect: 'native' }), 1);
    assert.equal(await sampleOf('parley_connections', { dialect: 'socketio' }), 1);
    const count = (dialect: string, command: string, outcome: string) =>
      sampleOf('parley_commands_total', { dialect, command, outcome });
    assert.equal(await count('native', 'join_room', 'ok'), 1);
    assert.equal(await count('native', 'chat_message', 'ok'), 1);
    assert.equal(await count('native', 'unknown', 'UNKNOWN_TYPE'), 1);
    assert.equal(await count('socketio', 'room:list', 'ok'), 1);
    assert.equal(await count('http', 'GET /api/conversations', 'ok'), 1);
    assert.notEqual(
      await count('http', 'GET /api/channels/:roomId/messages', 'NOT_FOUND'),
      undefined,
    );
    assert.equal(await count('http', 'POST /login', 'ok'), 1);
    const duration = { dialect: 'native', command: 'chat_message' };
    assert.equal(await sampleOf('parley_command_duration_seconds_count', duration), 1);
    assert.ok(
      ((await sampleOf('parley_commit_duration_seconds_count', { outcome: 'ok' })) ?? 0) > 0,
    );
    assert.equal(await sampleOf('websocket_connections_active', { dialect: 'native' }), 1);
    assert.equal(await sampleOf('parley_store_up'), 1);
    assert.equal(typeof (await sampleOf('parley_event_loop_delay_seconds')), 'number');

    socketio.close();
    native.close();
    await until(
      async () => (await sampleOf('parley_connections', { dialect: 'native' })) === undefined,
      'the end',
    );
  });

  test('is refused to other machines if there is no token', async () => {
    const other = await TestServer.start({});

    assert.equal((await fetch(`${other.url}/metrics`)).status, 200);
    assert.equal((await fetch(`${other.url}/metrics`, { headers: REMOTE })).status, 403);

    await other.close();
  });
});

test('GET /debug/connections is for administrators only', async () => {
  const DATA_DIR = temporaryDirectory();
  const server = await TestServer.start({ DATA_DIR });
  const [alice, bob] = [await server.signUp('alice'), await server.signUp('bob')];
  const database = new DatabaseSync(join(DATA_DIR, 'parley.db'), { timeout: 10_000 });
  database.exec("UPDATE users SET role = 'admin' WHERE username = 'alice'");
  database.close();
  const socket = await bob.connect();
  const { roomId } = await socket.joinRoom({ roomName: 'lobby' });

  const statusOf = async (account?: Account) =>
    (
      await fetch(
        `${server.url}/debug/connections`,
        account && { headers: { cookie: account.cookie } },
      )
    ).status;
  assert.equal(await statusOf(), 401);
  assert.equal(await statusOf(bob), 403);
  const { connections, ...rest } = await alice.must<{ connections: Record<string, unknown>[] }>(
    'GET',
    '/debug/connections',
  );

  assert.deepEqual(rest, { totalConnections: 1, hasMore: false });
  const [{ id, openedAt, ...connection } = {}] = connections;
  assert.equal(typeof id, 'string');
  assert.ok(Math.abs(Date.parse(String(openedAt)) - Date.now()) < 60_000);
  assert.deepEqual(connection, {
    user: { id: bob.userId, username: 'bob' },
    dialect: 'native',
    address: '127.0.0.1',
    rooms: [roomId],
    bufferedBytes: 0,
  });
  await server.close();
});
